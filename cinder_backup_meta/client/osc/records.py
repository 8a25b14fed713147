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

"""``openstack volume backup record``: single records, and the catalog.

The ``openstack`` program loads all commands at each start, so what takes time
to load is imported when it is needed.
"""

import argparse

from osc_lib.command import command

from cinder_backup_meta.client.cli import arguments
from cinder_backup_meta.client.osc import base

_COLUMNS = (
    'id',
    'name',
    'state',
    'project_id',
    'volume_id',
    'size',
    'created_at',
)
_LONG = (*_COLUMNS, 'parent_id', 'service', 'host', 'object_count')


class ListRecords(base.Command, command.Lister):
    """List the backup records in the catalog."""

    takes = arguments.RECORD_LIST

    def take_action(self, parsed_args: argparse.Namespace) -> base.Shown:
        """Get the records."""
        from cinder_backup_meta.client.cli import commands

        names = _LONG if parsed_args.long else _COLUMNS
        items = commands.list_records(self.cloud(), parsed_args)
        rows = [tuple(item[name] for name in names) for item in items]
        return names, rows


class ShowRecord(base.Command, command.ShowOne):
    """Show the catalog entry of a backup, with its record."""

    takes = arguments.RECORD_SHOW

    def take_action(self, parsed_args: argparse.Namespace) -> base.Shown:
        """Get the record."""
        item = self.cloud().show(parsed_args.backup)
        item.pop('links', None)
        return base.show_item(item)


class RecoverRecords(base.Command, command.ShowOne):
    """Recover, from the catalog, backups that Cinder has lost.

    Existing backups remain unchanged, so repeating a recovery is harmless.
    """

    takes = arguments.RECORD_RECOVER

    def take_action(self, parsed_args: argparse.Namespace) -> base.Shown:
        """Recover, or plan it."""
        from cinder_backup_meta.client.cli import commands

        return self.show_report(commands.recover(self.cloud(), parsed_args))


class ImportRecord(base.Command, command.ShowOne):
    """Import the record of a single backup.

    This command replaces the one of openstackclient with the same name, which
    does not work with openstacksdk 4.16 and later.
    """

    takes = arguments.RECORD_IMPORT

    def take_action(self, parsed_args: argparse.Namespace) -> base.Shown:
        """Import, or plan it."""
        from cinder_backup_meta.client.cli import commands

        return self.show_report(
            commands.import_record(self.cloud(), parsed_args)
        )
