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

"""Cinder's own backup tests, run with the plugin in place.

``tox -e cinder-unit`` discovers this package alone. It holds hardly any test
of its own: it loads those of the installed Cinder.
"""

import typing
import unittest


def load_tests(
    loader: unittest.TestLoader,
    tests: unittest.TestSuite,
    pattern: typing.Any,
) -> unittest.TestSuite:
    """Return Cinder's tests; called by unittest's discovery."""
    # Not at the top: the import of Cinder's tests patches the process, and
    # the tests of this package's other modules must not be patched.
    from tools.cinder_unit import loading

    return loading.load(loader)
