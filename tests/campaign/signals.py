"""Stop sweeps by signals: each launcher, each signal, to the main process and to its group.

python -m tests.campaign.signals                             32 sweeps, about 6 minutes
python -m tests.campaign.signals --launchers joblib,ray
"""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.stopping import LAUNCHERS, all_cases, stop_sweep


def main() -> None:
    """Print a row for each case; exit 1 if something is wrong in one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--launchers", default=",".join(LAUNCHERS))
    launchers = parser.parse_args().launchers.split(",")
    print("| launcher | signal | to | exit code | seconds | faults |\n|---|---|---|---:|---:|---|", flush=True)
    found = []
    for launcher, number, target in all_cases():
        if launcher in launchers:
            with tempfile.TemporaryDirectory() as name:
                outcome = stop_sweep(Path(name), launcher, number, target)
                faults = outcome.faults(number, Path(name))
            found += faults
            cells = [launcher, number.name, target, outcome.exit_code, f"{outcome.seconds:.1f}", "; ".join(faults)]
            print(f"| {' | '.join(map(str, cells))} |", flush=True)
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
