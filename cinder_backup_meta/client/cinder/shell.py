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

cinderclient loads ``cinderclient/v3/contrib/cinder_backup_meta.py`` whenever
it starts, and that takes all names of this module; so it imports next to
nothing. The commands themselves are in
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
    """Lists the records of backups that the catalog has."""
    _run('record_list', cs, args)


def do_backup_record_show(cs: typing.Any, args: typing.Any) -> None:
    """Shows the record of a backup, and what the catalog knows of it."""
    _run('record_show', cs, args)


def do_backup_record_recover(cs: typing.Any, args: typing.Any) -> None:
    """Brings back the backups that Cinder has lost, from the catalog."""
    _run('record_recover', cs, args)


def do_backup_bundle_export(cs: typing.Any, args: typing.Any) -> None:
    """Exports the records of many backups into one file."""
    _run('bundle_export', cs, args)


def do_backup_bundle_import(cs: typing.Any, args: typing.Any) -> None:
    """Imports all records of a file, after all of it was verified."""
    _run('bundle_import', cs, args)


def do_backup_bundle_show(cs: typing.Any, args: typing.Any) -> None:
    """Verifies a file of records and tells what is in it, without a cloud."""
    _run('bundle_show', cs, args)


# Where cinderclient looks for them.
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
    os._exit(3)


def __pre_parse_args__() -> None:
    """Let ``backup-import`` take the record alone, as Cinder's guide has it.

    Called by cinderclient before it makes its parser.
    """
    from cinderclient.v3 import shell

    found = getattr(shell.do_backup_import, 'arguments', [])
    names = [names for names, _settings in found]
    # What a later release has may be something else; it is left alone then.
    if names == [('backup_service',), ('backup_url',)]:
        found[1][1]['nargs'] = '?'


def __post_parse_args__(args: typing.Any) -> None:
    """Do what has to be done before cinderclient asks for the cloud.

    Called by cinderclient when it has read its arguments.
    """
    from cinderclient.v3 import shell

    if args.func is do_backup_bundle_show:
        do_backup_bundle_show(None, args)
    if getattr(args.func, '__name__', None) in __all__:
        # cinderclient asks for a token and for its versions before the command
        # begins. If that fails it ends with 1, whatever the reason, and has
        # no place to tell it otherwise.
        atexit.register(_end_as_unreachable)
    if args.func is shell.do_backup_import and args.backup_url is None:
        from cinder_backup_meta.client.cinder import commands

        commands.complete_import(args)
