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

"""The commands of the ``cinder`` program and their output."""

import argparse
from collections.abc import Iterable
import contextlib
import sys
import types
import typing

from cinderclient import client as cinder_client
from cinderclient import shell_utils

from cinder_backup_meta.client import bundle
from cinder_backup_meta.client.bundle import summary
from cinder_backup_meta.client.cli import commands
from cinder_backup_meta.client.cli import exits
from cinder_backup_meta.client import report
from cinder_backup_meta.client import rest
from cinder_backup_meta import exception
from cinder_backup_meta import quoting
from cinder_backup_meta.record import codec

_COLUMNS = (
    'ID',
    'Name',
    'State',
    'Project ID',
    'Volume ID',
    'Size',
    'Created At',
)
_LONG = (*_COLUMNS, 'Parent ID', 'Service', 'Host', 'Object Count')
_REFUSALS = ('ID', 'Name', 'Project ID', 'Reason', 'Detail')
_NOTES = ('ID', 'Note')
_REFUSALS_IN_FILE = ('Line', *_REFUSALS)


def run(name: str, cs: typing.Any, args: argparse.Namespace) -> int:
    """Run a command, and return its exit code.

    :param cs: cinderclient's client; None if the command needs no cloud
    """
    command = _COMMANDS[name]
    return exits.guard(lambda: command(cs, args), _show_error, args.debug)


def complete_import(args: argparse.Namespace) -> None:
    """Complete the arguments of ``backup-import`` with a record alone.

    The service is taken from the record. If the record cannot be read, or
    names no service, the program exits.
    """
    try:
        # Only the service is needed here; the cloud judges the record.
        values = codec.decode(
            args.backup_service, clock_skew=None, ignore_unknown=True
        )
    except exception.RecordRefused as error:
        _show_error(str(error))
        raise SystemExit(exits.USAGE) from None
    if not values.get('service'):
        _show_error('the record names no service: give it before the record')
        raise SystemExit(exits.USAGE)
    args.backup_url = args.backup_service
    args.backup_service = values['service']


def _show_error(text: str) -> None:
    sys.stderr.write(f'ERROR: {text}\n')


def _cloud(cs: typing.Any) -> rest.Records:
    """Return the records of the cloud that cinderclient is set up for."""
    client = cs.client
    if not isinstance(client, cinder_client.SessionClient):
        raise exits.UsageError(
            detail='this method of authentication is not supported'
        )
    return rest.Records(
        client.session,
        auth=client.auth,
        service_type=client.service_type,
        service_name=client.service_name,
        interface=client.interface,
        region_name=client.region_name,
        endpoint_override=client.endpoint_override,
    )


def _record_list(cs: typing.Any, args: argparse.Namespace) -> int:
    _print_rows(
        commands.list_records(_cloud(cs), args),
        _LONG if args.long else _COLUMNS,
    )
    return exits.DONE


def _record_show(cs: typing.Any, args: argparse.Namespace) -> int:
    item = _cloud(cs).show(args.backup)
    item.pop('links', None)
    shell_utils.print_dict(quoting.quote_all(item))
    return exits.DONE


def _record_recover(cs: typing.Any, args: argparse.Namespace) -> int:
    return _print_report(commands.recover(_cloud(cs), args))


def _bundle_import(cs: typing.Any, args: argparse.Namespace) -> int:
    return _print_report(commands.import_bundle(_cloud(cs), args))


def _bundle_export(cs: typing.Any, args: argparse.Namespace) -> int:
    result = commands.export_bundle(_cloud(cs), args)
    # The standard output may already be taken by the bundle.
    to_stderr = args.file == bundle.STDOUT
    with contextlib.redirect_stdout(sys.stderr if to_stderr else sys.stdout):
        shell_utils.print_dict(
            {
                'file': quoting.quote(args.file),
                'records': result.records,
                'omitted': len(result.omitted),
                'unreadable': len(result.unreadable),
            }
        )
        _print_refusals(result.omitted)
        _print_refusals(result.unreadable)
    return exits.of_outcome([*result.omitted, *result.unreadable])


def _bundle_show(_cs: typing.Any, args: argparse.Namespace) -> int:
    item = summary.summarize(args.file)
    refusals = item.pop('refusals')
    _print_item({**item, 'unreadable': len(refusals)})
    _print_refusals(refusals)
    return exits.of_outcome(refusals)


def _print_report(found: report.Report) -> int:
    item = found.to_dict()
    del item['refusals']
    del item['notes']
    _print_item(item)
    if found.noted:
        _print_rows(found.noted, _NOTES)
    _print_refusals(found.refused)
    return exits.of_outcome(found.refused)


def _print_item(item: rest.Item) -> None:
    flat = {}
    for name, value in quoting.quote_all(item).items():
        if name in ('projects', 'services', 'selection', 'reasons'):
            for key, inner in value.items():
                flat[f'{name}: {key}'] = _to_text(inner)
        else:
            flat[name] = _to_text(value)
    shell_utils.print_dict(flat)


def _to_text(value: typing.Any) -> typing.Any:
    if isinstance(value, list):
        return '\n'.join(map(str, value))
    if isinstance(value, dict):
        return ', '.join(f'{number} {name}' for name, number in value.items())
    return value


def _print_refusals(items: list[rest.Item]) -> None:
    if items:
        in_file = 'line' in items[0]
        _print_rows(items, _REFUSALS_IN_FILE if in_file else _REFUSALS)


def _print_rows(items: Iterable[rest.Item], columns: tuple[str, ...]) -> None:
    shell_utils.print_list(
        [types.SimpleNamespace(**quoting.quote_all(item)) for item in items],
        list(columns),
        sortby_index=None,
    )


_COMMANDS: dict[
    str, typing.Callable[[typing.Any, argparse.Namespace], int]
] = {
    'record_list': _record_list,
    'record_show': _record_show,
    'record_recover': _record_recover,
    'bundle_export': _bundle_export,
    'bundle_import': _bundle_import,
    'bundle_show': _bundle_show,
}
