"""The campaign of kills in short: a sweep is killed twice, continued, and compared with an undisturbed one."""

from argparse import Namespace

import pytest

from tests.campaign.kills import campaign, undisturbed


@pytest.mark.slow
def test_killed_sweeps_lose_nothing(tmp_path):
    outcome = campaign(tmp_path, "basic", 2, undisturbed(tmp_path), Namespace(signal="KILL", seed=3))
    assert outcome.kills.total() >= 2
    assert (outcome.lost, outcome.doubled, outcome.different, outcome.processes) == (0, 0, 0, 0)
