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

"""What the commands of the ``openstack`` program have in common."""

import argparse
import typing

from cliff import columns
from openstack import exceptions as sdk_exceptions
from osc_lib.command import command

from cinder_backup_meta.client.cli import arguments
from cinder_backup_meta.client.cli import exits
from cinder_backup_meta.client import errors

if typing.TYPE_CHECKING:
    from cinder_backup_meta.client import report
    from cinder_backup_meta.client import rest

# How many refusals a table shows; the other formats have all.
SHOWN = 20

Shown = tuple[typing.Any, typing.Any]


class Command(command.Command):
    """A command that tells by its exit code what became of it.

    :cvar takes: its arguments
    :ivar exit_code: the code, if no error comes in between
    """

    # The program would look for the cloud before the command begins, and
    # then nothing could be told by the exit code.
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
        """Run the command; return its exit code."""

        def work() -> int:
            super(Command, self).run(parsed_args)
            return self.exit_code

        return exits.guard(work, self.log.error, self.app.options.debug)

    def cloud(self) -> 'rest.Records':
        """Return what asks Cinder about records.

        :raises UsageError: if the settings for the cloud can't be used
        :raises Unreachable: if it can't be reached
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
        """Return the columns of an outcome or a plan."""
        self.exit_code = exits.REFUSED if found.refused else exits.DONE
        return show_item(found.to_dict())


class Projects(columns.FormattableColumn):
    """Numbers by project."""

    def human_readable(self) -> str:
        """Return a line a project."""
        return '\n'.join(
            f'{project}: {numbers["backups"]} backups, '
            f'{numbers["gigabytes"]} GiB'
            for project, numbers in sorted(self._value.items())
        )


class Refusals(columns.FormattableColumn):
    """What was refused, and why."""

    def human_readable(self) -> str:
        """Return a line a backup, of the first ones."""
        lines = [
            f'{_where(item)}: {item["detail"]} [{item["reason"]}]'
            for item in self._value[:SHOWN]
        ]
        if len(self._value) > SHOWN:
            lines.append(f'and {len(self._value) - SHOWN} more; see -f json')
        return '\n'.join(lines)


def _where(item: dict[str, typing.Any]) -> str:
    places = (('line', item.get('line')), ('backup', item['id']))
    return ', '.join(f'{name} {value}' for name, value in places if value)


class Mapping(columns.FormattableColumn):
    """Values by name."""

    def human_readable(self) -> str:
        """Return a line a name."""
        return '\n'.join(
            f'{name}: {value}' for name, value in self._value.items()
        )


class Lines(columns.FormattableColumn):
    """A list."""

    def human_readable(self) -> str:
        """Return a line an item."""
        return '\n'.join(map(str, self._value))


_COLUMNS = {
    'projects': Projects,
    'refusals': Refusals,
    'omitted': Refusals,
    'reasons': Mapping,
    'selection': Mapping,
    'services': Mapping,
    'over_quota': Lines,
    'parents_elsewhere': Lines,
}


def show_item(item: dict[str, typing.Any]) -> Shown:
    """Return the columns of one thing."""
    return tuple(item), tuple(
        _COLUMNS[name](value) if name in _COLUMNS else value
        for name, value in item.items()
    )
