# Copyright 2026 cinder-backup-meta contributors
#
# Licensed under the Apache License, Version 2.0 (the "License"); you may
# not use this file except in compliance with the License. You may obtain
# a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
# WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
# License for the specific language governing permissions and limitations
# under the License.

"""Unit tests, run against the real Cinder with the threads it needs.

Those of the programs in ``tools/``, which no wheel contains, are in
``tools/tests/`` and are loaded with these.
"""

import pathlib
import unittest

from cinder_backup_meta import host_service

# This must precede any import of Cinder, which could patch the process; and
# Cinder's managers need its objects to be registered when they are imported.
host_service.prepare_services()

from cinder import objects  # noqa: E402,I100,I202

objects.register_all()

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]


def load_tests(
    loader: unittest.TestLoader,
    tests: unittest.TestSuite,
    pattern: str | None,
) -> unittest.TestSuite:
    """Return the tests of this package and, in a checkout, of the tools.

    Called by unittest's discovery.
    """
    for folder in (HERE, ROOT / 'tools' / 'tests'):
        if folder.is_dir():
            tests.addTests(
                loader.discover(str(folder), pattern or 'test*.py', str(ROOT))
            )
    return tests
