from dataclasses import replace

from mnist_exp.study.comparisons import compare
from mnist_exp.study.page.answer import answer
from mnist_exp.study.page.study_data import study_data
from mnist_exp.study.ranking import rank_over_blocks
from tests.factories import arms, grid, measured, record, study_config


def answered(runs, swept=()):
    swept = list(swept)
    return answer(study_data(runs, swept, compare(runs, swept, study_config())))


def test_the_best_on_validation_leads_whatever_its_test_accuracy():
    runs = [*arms(10, relu=0.0, mish=0.01), *(record("tanh", seed, test=0.5, val=0.95) for seed in range(10))]
    first, second, *_ = answered(runs)
    assert first == "tanh has the best validation accuracy; its test accuracy is 50.00 %, n = 10."
    assert second == "It is worse on the test set than relu and mish."


def test_three_verdicts_stand_in_one_sentence():
    noise = [0.0001 * (seed % 2) for seed in range(6)]
    known = measured(relu=[0.99 + d for d in noise], mish=[0.99 - d for d in noise], tanh=[0.9 + d for d in noise])
    runs = [replace(run, val_acc=0.95) if run.activation == "mish" else run for run in known]
    assert answered(runs)[1] == "It is better than tanh; equivalent to relu within ±0.1 points."
    assert answered(runs)[2].startswith("The verdicts are about these test images: without predictions")


def test_a_pair_without_a_verdict_is_not_decided():
    assert answered(arms(2, relu=0.0, mish=0.01))[-1].startswith("It is not decided against ")


def test_several_networks_are_counted():
    leaders, verdicts, lost = answered(grid())
    assert leaders.startswith("Best by validation accuracy on 2 networks: ")
    assert verdicts == "Of 2 pairs, 2 are open."
    assert lost == "No run with tanh has a result."


def test_of_several_networks_the_best_mean_rank_leads_and_what_is_worse_everywhere_follows():
    noise = [0.0002 * (seed % 3) for seed in range(6)]
    of_relu = {"cnn": [0.99 - 2 * d for d in noise], "mlp": [0.95 + d for d in noise]}
    runs = [
        replace(run, model=model, data=data)
        for model, data in (("cnn", "a"), ("mlp", "b"))
        for run in measured(mish=[0.99 + d for d in noise], relu=of_relu[model], tanh=[0.9 + d for d in noise])
    ]
    ranking = rank_over_blocks(runs, [])
    best, worse, still_open, counts, _ = answer(study_data(runs, [], compare(runs, [], study_config(0.01))), ranking)
    assert best == (
        "mish has the best mean rank (1.00 of 3), and no other activation is shown to be better than mish anywhere."
    )
    assert worse == "tanh is worse than mish everywhere."
    assert still_open == "Open: mish against relu on 1 of 2."
    assert counts == "Of 6 pairs, in 5 one activation is better and 1 is open."


def test_a_swept_rate_is_compared_at_the_best_one():
    runs = [record(name, lr=lr, val=lr) for name in ("relu", "mish") for lr in (0.1, 0.2)]
    assert answered(runs, ["optimizer.lr"])[-1] == "It is not decided against mish."


def test_studies_without_a_comparison_say_so():
    assert answered([record(status="failed", val=None, test=None)]) == [
        "No run finished with a test accuracy, so there is no answer."
    ]
    assert answered([record(status="failed", val=None, test=None, error="OSError: no space left on device")])[1] == (
        "1 of 1 runs ended with: OSError: no space left on device."
    )
    assert answered([record(test=0.9)])[0] == "The highest test accuracy is 90.00 %: cnn relu, n = 1."
    assert "nothing to compare" in answered([record()])[1]
