# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Says in one line how many tests did not run, and why.

Usage: `python setup/tests_not_run.py REPORT`, with the report that pytest wrote as JUnit XML.
"""

import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path


def summary(report: Path) -> str:
    """Return the line."""
    cases = list(ElementTree.parse(report).iter("testcase"))
    skips = (case.find("skipped") for case in cases)
    reasons = Counter(
        skip.get("message", "no reason given")
        for skip in skips
        if skip is not None and skip.get("type") == "pytest.skip"
    )
    if not reasons:
        return f"all of {len(cases)} tests ran"
    why = "; ".join(f"{count} since {reason}" for reason, count in reasons.most_common())
    return f"{reasons.total()} of {len(cases)} tests did not run: {' '.join(why.split())}"


if __name__ == "__main__":
    print(f"./deepracer test: {summary(Path(sys.argv[1]))}")
