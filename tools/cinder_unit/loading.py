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

"""Put the plugin's options in Cinder's place and load Cinder's tests.

With CINDER_UNIT_STOCK=1 the options stay as Cinder has them. That shows what
a Cinder release's tests do by themselves in this environment.
"""

import importlib.util
import os
import sys
import typing
import unittest

from oslo_config import cfg
from oslo_utils import strutils

from tools.cinder_unit import expectations
from tools.cinder_unit import modules

PLUGIN_OPTIONS: dict[str, typing.Any] = {
    'backup_api_class': 'cinder_backup_meta.api.API',
    'backup_manager': 'cinder_backup_meta.manager.BackupManager',
    'osapi_volume_extension': [
        'cinder.api.contrib.standard_extensions',
        'cinder_backup_meta.rest.extension.Backup_records',
    ],
}


def load(loader: unittest.TestLoader) -> unittest.TestSuite:
    """Return the suite: our proof that the plugin is there, then Cinder's."""
    # Imported first: it patches the process for eventlet, as Cinder's own
    # test run does.
    import cinder.tests.unit  # noqa: F401

    _point_to_resource_filters()
    suite = unittest.TestSuite()
    if not _stock():
        _set_plugin_defaults()
        suite.addTests(
            loader.loadTestsFromName(f'{__package__}.plugin_in_place')
        )
    for name in modules.ALL:
        suite.addTest(_load_module(loader, name))
    _skip_as_root(suite)
    return suite


def _stock() -> bool:
    return strutils.bool_from_string(os.environ.get('CINDER_UNIT_STOCK', ''))


def _set_plugin_defaults() -> None:
    """Change the defaults of Cinder's own option objects.

    Cinder's tests reset the configuration before and after each test; a
    default that is part of the option outlives that, an override would not.
    """
    from cinder.common import config

    from cinder_backup_meta.conf import backup_meta

    # Cinder's tests replace the RPC methods of Cinder's own, not ours: nobody
    # answers these, and how long they wait in vain shows nothing.
    cfg.set_defaults(backup_meta.OPTS, rpc_timeout=1)
    for opts in (config.api_opts, config.backup_opts):
        cfg.set_defaults(opts, **PLUGIN_OPTIONS)


def _point_to_resource_filters() -> None:
    """Set the path of this file in an installed Cinder.

    They look for it in a source tree.
    """
    from cinder.tests.unit import test

    test.TestCase.RESOURCE_FILTER_PATH = os.path.join(
        sys.prefix, test.TestCase.RESOURCE_FILTER_FILENAME
    )


def _load_module(
    loader: unittest.TestLoader, name: str
) -> unittest.TestSuite | unittest.TestCase:
    package = name.rpartition('.')[0]
    if (
        importlib.util.find_spec(package) is None
        or importlib.util.find_spec(name) is None
    ):
        return _Absent(name)
    return loader.loadTestsFromName(name)


def _skip_as_root(suite: unittest.TestSuite) -> None:
    if os.geteuid() != 0:
        return
    reasons = expectations.read().needs_unprivileged_user
    for case in _cases(suite):
        reason = reasons.get(case.id())
        if reason is not None:
            setattr(case, case._testMethodName, _skipping(case, reason))


def _skipping(
    case: unittest.TestCase, reason: str
) -> typing.Callable[[], None]:
    def skip() -> None:
        case.skipTest(f'running as root: {reason}')

    return skip


def _cases(
    suite: unittest.TestSuite,
) -> typing.Iterator[unittest.TestCase]:
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from _cases(item)
        else:
            yield item


class _Absent(unittest.TestCase):
    """Stands for a module that the installed Cinder does not have."""

    def __init__(self, module: str) -> None:
        super().__init__('report')
        self._module = module

    def id(self) -> str:
        return self._module

    def report(self) -> None:
        self.skipTest('the installed Cinder has no such module')
