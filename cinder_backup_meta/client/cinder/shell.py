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

"""The commands of the ``cinder`` program.

cinderclient loads ``cinderclient/v3/contrib/cinder_backup_meta.py``, which has
all public names of this module, at each start. To start fast it imports next
to nothing; the commands themselves are in
:mod:`cinder_backup_meta.client.cinder.commands`.
"""

import atexit
import os
import sys
import typing

from cinder_backup_meta.client.cli import arguments

__all__ = [
    '__post_parse_args__',
    '__pre_parse_args__',
    'do_backup_bundle_export',
    'do_backup_bundle_import',
    'do_backup_bundle_show',
    'do_backup_record_list',
    'do_backup_record_recover',
    'do_backup_record_show',
]


def do_backup_record_list(cs: typing.Any, args: typing.Any) -> None:
    """Lists the backup records in the catalog."""
    _run('record_list', cs, args)


def do_backup_record_show(cs: typing.Any, args: typing.Any) -> None:
    """Shows the catalog entry of a backup, with its record."""
    _run('record_show', cs, args)


def do_backup_record_recover(cs: typing.Any, args: typing.Any) -> None:
    """Recovers, from the catalog, backups that Cinder has lost."""
    _run('record_recover', cs, args)


def do_backup_bundle_export(cs: typing.Any, args: typing.Any) -> None:
    """Exports the records of many backups into one file, a bundle."""
    _run('bundle_export', cs, args)


def do_backup_bundle_import(cs: typing.Any, args: typing.Any) -> None:
    """Verifies a bundle as a whole and imports its records."""
    _run('bundle_import', cs, args)


def do_backup_bundle_show(cs: typing.Any, args: typing.Any) -> None:
    """Verifies a bundle and summarizes its contents, without a cloud."""
    _run('bundle_show', cs, args)


# cinderclient looks for them in this attribute.
for _function, _arguments in (
    (do_backup_record_list, arguments.RECORD_LIST),
    (do_backup_record_show, arguments.RECORD_SHOW),
    (do_backup_record_recover, arguments.RECORD_RECOVER),
    (do_backup_bundle_export, arguments.BUNDLE_EXPORT),
    (do_backup_bundle_import, arguments.BUNDLE_IMPORT),
    (do_backup_bundle_show, arguments.BUNDLE_SHOW),
):
    _function.arguments = list(_arguments)  # type: ignore[attr-defined]


def _run(name: str, cs: typing.Any, args: typing.Any) -> typing.NoReturn:
    atexit.unregister(_end_as_unreachable)
    from cinder_backup_meta.client.cinder import commands

    raise SystemExit(commands.run(name, cs, args))


def _end_as_unreachable() -> None:
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    # This is exits.UNREACHABLE; importing exits would slow down each start.
    os._exit(3)


def __pre_parse_args__() -> None:
    """Make the second argument of ``backup-import`` optional.

    Cinder's admin guide passes the record alone. cinderclient calls this
    before it builds its parser.
    """
    from cinderclient.v3 import shell

    found = getattr(shell.do_backup_import, 'arguments', [])
    names = [names for names, _settings in found]
    # If a later release has other arguments, they are left unchanged.
    if names == [('backup_service',), ('backup_url',)]:
        found[1][1]['nargs'] = '?'


def __post_parse_args__(args: typing.Any) -> None:
    """Run or prepare our commands before cinderclient contacts the cloud.

    cinderclient calls this after it has parsed its arguments.
    """
    from cinderclient.v3 import shell

    if args.func is do_backup_bundle_show:
        do_backup_bundle_show(None, args)
    if getattr(args.func, '__name__', None) in __all__:
        # cinderclient requests a token and the API versions before the command
        # starts. If that fails, it exits with 1 whatever the reason, and only
        # an exit handler can change that.
        atexit.register(_end_as_unreachable)
    if args.func is shell.do_backup_import and args.backup_url is None:
        from cinder_backup_meta.client.cinder import commands

        commands.complete_import(args)
