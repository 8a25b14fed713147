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

The ``openstack`` program loads all commands whenever it starts: what takes
time to load is left to when it is needed.
"""

import argparse

from osc_lib.command import command

from cinder_backup_meta.client.cli import arguments
from cinder_backup_meta.client.cli import exits
from cinder_backup_meta.client.osc import base


class ExportBundle(base.Command, command.ShowOne):
    """Export the records of many backups into one file.

    Without filters it is all backups of the cloud.
    """

    takes = arguments.BUNDLE_EXPORT

    def take_action(self, parsed_args: argparse.Namespace) -> base.Shown:
        """Export."""
        from cinder_backup_meta.client import bundle
        from cinder_backup_meta.client.cli import commands

        result = commands.export_bundle(self.cloud(), parsed_args)
        if result.omitted:
            self.exit_code = exits.REFUSED
        if parsed_args.file == bundle.STDOUT:
            self._to_stderr()
        return base.show_item({'file': parsed_args.file, **result._asdict()})

    def _to_stderr(self) -> None:
        """Keep what is shown apart from the bundle."""
        self.app.stdout = self.app.stderr


class ImportBundle(base.Command, command.ShowOne):
    """Import all records of a bundle, after all of it was verified.

    To do it again is harmless: what is there already is unchanged.
    """

    takes = arguments.BUNDLE_IMPORT

    def take_action(self, parsed_args: argparse.Namespace) -> base.Shown:
        """Import, or plan it."""
        from cinder_backup_meta.client.cli import commands

        return self.show_report(
            commands.import_bundle(self.cloud(), parsed_args)
        )


class ShowBundle(base.Command, command.ShowOne):
    """Verify a bundle and tell what is in it, without any cloud."""

    takes = arguments.BUNDLE_SHOW

    def take_action(self, parsed_args: argparse.Namespace) -> base.Shown:
        """Read the file."""
        from cinder_backup_meta.client.bundle import summary

        item = summary.summarize(parsed_args.file)
        if item['refusals']:
            self.exit_code = exits.REFUSED
        return base.show_item(item)
