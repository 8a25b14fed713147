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

"""The command line of ``cinder-backup-meta-manage``."""

import logging
import sys
import typing

from oslo_config import cfg

from cinder_backup_meta.cmd.manage import catalog
from cinder_backup_meta.cmd.manage import check
from cinder_backup_meta.cmd.manage import db
from cinder_backup_meta.cmd.manage import recover
from cinder_backup_meta.cmd.manage import repair
from cinder_backup_meta import exception
from cinder_backup_meta import quoting
from cinder_backup_meta import version

CONF = cfg.CONF

_DESCRIPTION = """\
Manage the database of cinder-backup-meta, recover lost backups, and find and \
repair differences. The configuration is that of Cinder: cinder.conf in its \
usual places, or the files given."""

_EXIT_STATUS = """\
Exit status: 0 if what was requested is done, 1 if it failed, with the reason \
on standard error, 2 if the arguments or the configuration files are not \
valid, 3 if check has found a difference."""


def _add_parsers(subparsers: typing.Any) -> None:
    catalog.add_parser(subparsers)
    check.add_parser(subparsers)
    db.add_parser(subparsers)
    recover.add_parser(subparsers)
    repair.add_parser(subparsers)


COMMAND = cfg.SubCommandOpt('command', title='Commands', handler=_add_parsers)


def run(program: str, arguments: list[str]) -> int:
    """Run a sub-command and print its error; return the exit status."""
    CONF.register_cli_opt(COMMAND)
    try:
        CONF(
            arguments,
            project='cinder',
            prog=program,
            version=version.version_info.version_string(),
            description=_DESCRIPTION,
            epilog=_EXIT_STATUS,
        )
        _log_to_terminal(CONF.debug)
        # Sub-commands with only one way to succeed return None.
        return CONF.command.run(CONF.command) or 0
    except (cfg.Error, exception.BackupMetaException) as error:
        line = quoting.quote(' '.join(str(error).split()))
        sys.stderr.write(f'{program}: error: {line}\n')
        return 2 if isinstance(error, cfg.Error) else 1


def _log_to_terminal(debug: bool) -> None:
    # Not to Cinder's log file: run as root, the command would create a file
    # that Cinder cannot write to.
    if debug:
        logging.basicConfig(level=logging.DEBUG)
