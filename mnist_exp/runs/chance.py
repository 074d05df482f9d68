"""Runs that did not learn: their test accuracy is about that of guessing."""

from mnist_exp.runs.record import Record

UNEVEN = 1.5  # times 1 / classes: a class as frequent as that is what chance refers to
LEARNED = 0.1  # of what lies between chance and 100 %


def _guessing(record: Record) -> tuple[float, float]:
    """What guessing reaches on the test set: any class at random, and always the most frequent one.

    Without counts, the classes are taken to be equally frequent.
    """
    even = 1 / len(record.config.images.classes)
    if not record.per_class:
        return even, even
    support = record.per_class["support"]
    return even, max(support) / sum(support)


def chance(record: Record) -> float:
    """1 / number of classes, or the share of the most frequent class of the test set if that is much more."""
    at_random, most_frequent = _guessing(record)
    return most_frequent if most_frequent > UNEVEN * at_random else at_random


def did_not_learn(record: Record) -> bool:
    """Whether a run that ended well is at chance on the test set.

    It is below a tenth of the way from guessing to 100 %, and below twice what guessing reaches: with 100 classes, 8 %
    is not chance.
    """
    if record.status != "ok" or record.test_acc is None:
        return False
    best = max(_guessing(record))
    return record.test_acc < best + min(LEARNED * (1 - best), best)


def did_not_learn_line(record: Record) -> str:
    """cnn sigmoid did not learn: test accuracy 13 %, chance is 10 %."""
    name = " ".join(filter(None, [record.model, record.activation]))
    return (
        f"{name} did not learn: test accuracy {percent(record.test_acc or 0.0)}, chance is {percent(chance(record))}."
    )


def percent(fraction: float) -> str:
    """13 %, or 2.1 % below ten."""
    value = 100 * fraction
    return f"{value:.0f} %" if value >= 10 else f"{value:.1f} %"
