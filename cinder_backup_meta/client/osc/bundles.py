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

"""``openstack volume backup bundle``: files with many records.

The ``openstack`` program loads all commands at each start, so what takes time
to load is imported when it is needed.
"""

import argparse

from osc_lib.command import command

from cinder_backup_meta.client.cli import arguments
from cinder_backup_meta.client.cli import exits
from cinder_backup_meta.client.osc import base


class ExportBundle(base.Command, command.ShowOne):
    """Export the records of many backups into one file, a bundle.

    Without filters, all backups of the cloud are exported.
    """

    takes = arguments.BUNDLE_EXPORT

    def take_action(self, parsed_args: argparse.Namespace) -> base.Shown:
        """Export."""
        from cinder_backup_meta.client import bundle
        from cinder_backup_meta.client.cli import commands

        result = commands.export_bundle(self.cloud(), parsed_args)
        self.exit_code = exits.of_outcome(
            [*result.omitted, *result.unreadable]
        )
        if parsed_args.file == bundle.STDOUT:
            self._to_stderr()
        return base.show_item({'file': parsed_args.file, **result._asdict()})

    def _to_stderr(self) -> None:
        """Show the result on the standard error, apart from the bundle."""
        self.app.stdout = self.app.stderr


class ImportBundle(base.Command, command.ShowOne):
    """Verify a bundle as a whole and import its records.

    Repeating an import is harmless: existing backups remain unchanged.
    """

    takes = arguments.BUNDLE_IMPORT

    def take_action(self, parsed_args: argparse.Namespace) -> base.Shown:
        """Import, or plan it."""
        from cinder_backup_meta.client.cli import commands

        return self.show_report(
            commands.import_bundle(self.cloud(), parsed_args)
        )


class ShowBundle(base.Command, command.ShowOne):
    """Verify a bundle and summarize its contents, without a cloud."""

    takes = arguments.BUNDLE_SHOW

    def take_action(self, parsed_args: argparse.Namespace) -> base.Shown:
        """Read the file."""
        from cinder_backup_meta.client.bundle import summary

        item = summary.summarize(parsed_args.file)
        self.exit_code = exits.of_outcome(item['refusals'])
        return base.show_item(item)
