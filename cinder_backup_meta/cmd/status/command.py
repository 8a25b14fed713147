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

"""The checks of ``cinder-backup-meta-status``, in order.

This corresponds to ``cinder/cmd/status.py``, which checks Cinder itself.
"""

from collections.abc import Callable
import textwrap

from oslo_config import cfg
from oslo_upgradecheck import upgradecheck

from cinder_backup_meta.cmd.status import catalog
from cinder_backup_meta.cmd.status import hosts
from cinder_backup_meta.cmd.status import installation
from cinder_backup_meta.cmd.status import options
from cinder_backup_meta.cmd.status import policy

CONF = cfg.CONF

ASK_HOSTS = cfg.BoolOpt(
    'ask-hosts',
    default=False,
    help='Ask each cinder-backup host that is up, through the message queue, '
    'whether it has the plugin.',
)

_WIDTH = 60


def _check(
    function: Callable[[], upgradecheck.Result],
) -> Callable[..., upgradecheck.Result]:
    return lambda commands: function()


class Checks(upgradecheck.UpgradeCommands):
    """The checks, as oslo.upgradecheck runs them."""

    _upgrade_checks = (
        ('Release of Cinder', _check(installation.check_release)),
        ('Backup manager', _check(options.check_manager)),
        ('Restores', _check(installation.check_restore)),
        ('Backup API class', _check(options.check_api_class)),
        ('API extensions', _check(options.check_extensions)),
        ('RPC endpoints', _check(installation.check_endpoints)),
        ('Backup driver', _check(installation.check_driver)),
        ('Catalog: tables', _check(catalog.check_tables)),
        ('Catalog: apart', _check(catalog.check_apart)),
        ("Cinder's database", _check(hosts.check_database)),
        (
            'Catalog: one for all hosts',
            _check(catalog.check_one_for_all_hosts),
        ),
        ('Coordination', _check(hosts.check_coordination)),
        ('Backup drivers', _check(hosts.check_drivers)),
        ('Backup hosts', _check(hosts.check_plugin)),
        ('Policy file', _check(policy.check_policy)),
        ('Size of requests', _check(options.check_body_size)),
    )

    def _get_details(self, result: upgradecheck.Result) -> str | None:
        # As in the base class, but without breaks in the names of programs,
        # which are meant to be copied.
        if result.details is None:
            return None
        return textwrap.fill(
            result.details,
            _WIDTH,
            subsequent_indent='  ',
            break_on_hyphens=False,
            break_long_words=False,
        )


def run(arguments: list[str]) -> int:
    """Run the checks; return the exit status of oslo.upgradecheck.

    :raises cfg.Error: if the configuration files cannot be read
    """
    CONF.register_cli_opt(ASK_HOSTS)
    return upgradecheck.main(CONF, 'cinder', Checks(), argv=arguments)
