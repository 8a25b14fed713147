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

"""The base class of the commands, and the columns that they show."""

import argparse
import typing

from cliff import columns
from openstack import exceptions as sdk_exceptions
from osc_lib.command import command

from cinder_backup_meta.client.cli import arguments
from cinder_backup_meta.client.cli import exits
from cinder_backup_meta.client import errors
from cinder_backup_meta import quoting
from cinder_backup_meta.record import results

if typing.TYPE_CHECKING:
    from cinder_backup_meta.client import report
    from cinder_backup_meta.client import rest

# The number of refusals in a table; the other formats show all.
SHOWN = 20

Shown = tuple[typing.Any, typing.Any]

# The output formats of cliff that write pure ASCII.
_QUOTING_FORMATS = frozenset(('json', 'yaml'))


class Command(command.Command):
    """A command with the exit codes of this package.

    :cvar takes: its arguments
    :ivar exit_code: the exit code, unless an error occurs
    """

    # Otherwise the program would connect to the cloud before the command
    # starts, and its errors would not have our exit codes.
    auth_required = False

    takes: tuple[arguments.Argument, ...] = ()
    exit_code = exits.DONE

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of the command's arguments."""
        parser = super().get_parser(prog_name)
        for names, settings in self.takes:
            parser.add_argument(*names, **settings)
        return parser

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Run the command, and return its exit code."""

        def work() -> int:
            super(Command, self).run(parsed_args)
            return self.exit_code

        return exits.guard(work, self.log.error, self.app.options.debug)

    def produce_output(
        self,
        parsed_args: argparse.Namespace,
        column_names: typing.Any,
        data: typing.Any,
    ) -> typing.Any:
        """Print the columns, with quoted texts unless the format quotes."""
        if parsed_args.formatter not in _QUOTING_FORMATS:
            data = _quoted(data)
        # Both of cliff's base classes for output have it, this one has not.
        output: typing.Any = super()
        return output.produce_output(parsed_args, column_names, data)

    def cloud(self) -> 'rest.Records':
        """Return the records of the cloud that the program is set up for.

        :raises UsageError: if the settings for the cloud cannot be used
        :raises Unreachable: if the cloud cannot be reached
        """
        self.auth_required = True
        try:
            self.app.prepare_to_run_command(self)
            manager: typing.Any = self.app.client_manager
            return typing.cast('rest.Records', manager.backup_records)
        except sdk_exceptions.ConfigException as error:
            raise exits.UsageError(detail=str(error)) from error
        except sdk_exceptions.SDKException as error:
            raise errors.Unreachable(str(error)) from error

    def show_report(self, found: 'report.Report') -> Shown:
        """Return the columns of a report, and set the exit code."""
        self.exit_code = exits.of_outcome(found.refused)
        return show_item(found.to_dict())


def _quoted(data: typing.Any) -> typing.Any:
    """Return rows, or the values of one, with all texts in them quoted."""
    if isinstance(data, columns.FormattableColumn):
        return type(data)(quoting.quote_all(data._value))
    if isinstance(data, (list, tuple)):
        return type(data)(map(_quoted, data))
    return quoting.quote_all(data)


class Projects(columns.FormattableColumn):
    """The usage by project."""

    def human_readable(self) -> str:
        """Return one line for each project."""
        return '\n'.join(
            f'{project}: {numbers["backups"]} backups, '
            f'{numbers["gigabytes"]} GiB'
            for project, numbers in sorted(self._value.items())
        )


class Refusals(columns.FormattableColumn):
    """The refused records or backups, with their reasons."""

    def human_readable(self) -> str:
        """Return one line for each of the first refusals."""
        lines = [
            f'{results.subject(item)}: {item["detail"]} [{item["reason"]}]'
            for item in self._value[:SHOWN]
        ]
        if len(self._value) > SHOWN:
            lines.append(f'and {len(self._value) - SHOWN} more; see -f json')
        return '\n'.join(lines)


class Mapping(columns.FormattableColumn):
    """Values by name."""

    def human_readable(self) -> str:
        """Return one line for each name."""
        return '\n'.join(
            f'{name}: {value}' for name, value in self._value.items()
        )


class Notes(columns.FormattableColumn):
    """What has changed with backups, by their ids."""

    def human_readable(self) -> str:
        """Return one line for each of the first backups."""
        lines = [
            f'backup {backup_id}: {note}'
            for backup_id, note in list(self._value.items())[:SHOWN]
        ]
        if len(self._value) > SHOWN:
            lines.append(f'and {len(self._value) - SHOWN} more; see -f json')
        return '\n'.join(lines)


class Lines(columns.FormattableColumn):
    """A list."""

    def human_readable(self) -> str:
        """Return one line for each item."""
        return '\n'.join(map(str, self._value))


_COLUMNS = {
    'projects': Projects,
    'refusals': Refusals,
    'omitted': Refusals,
    'unreadable': Refusals,
    'reasons': Mapping,
    'notes': Notes,
    'selection': Mapping,
    'services': Mapping,
    'over_quota': Lines,
    'parents_elsewhere': Lines,
}


def show_item(item: dict[str, typing.Any]) -> Shown:
    """Return the columns of one item."""
    return tuple(item), tuple(
        _COLUMNS[name](value) if name in _COLUMNS else value
        for name, value in item.items()
    )
