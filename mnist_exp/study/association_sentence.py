"""What goes with accuracy, as a sentence in careful words."""

from mnist_exp.study.associations import FEWEST, Association, Associations
from mnist_exp.study.cells import count_range
from mnist_exp.study.rank_correlation import RankCorrelation


def association_sentence(associations: Associations) -> str:
    """The strongest association that is shown; that none is; or that there are too few activations."""
    if not associations.found:
        return (
            f"There are too few activations to say: at least {FEWEST} that learned are needed on one network, and "
            f"there are {associations.most_activations}."
        )
    correlated = associations.correlated
    if not correlated:
        return "Every measured property is the same for all activations, so none can go with accuracy."
    shown = [pair for pair in correlated if pair[0].is_shown]
    if not shown:
        one, found = max(correlated, key=_strength)
        counts = count_range([found.n for _, found in correlated])
        return (
            f"No association is shown: {len(correlated)} rank correlations over {counts} activations each. The largest "
            f"is that of {one.measure.noun} ({one.block.block}): {correlation_text(found)}. Chance can explain it."
        )
    one, found = max(shown, key=_strength)
    return (
        f"Over {found.n} activations of {one.block.block}, accuracy is higher where {one.measure.noun} is "
        f"{'higher' if found.rho > 0 else 'lower'}: rank correlation {correlation_text(found)}. "
        f"{len(shown)} of {len(correlated)} associations are shown. An association is not a cause."
    )


def _strength(pair: tuple[Association, RankCorrelation]) -> float:
    return abs(pair[1].rho)


def correlation_text(found: RankCorrelation) -> str:
    """−0.71 [−0.93, −0.12]"""
    return f"{signed(found.rho)} [{signed(found.low)}, {signed(found.high)}]"


def signed(value: float) -> str:
    """−0.71"""
    return f"{value:+.2f}".replace("-", "−")
