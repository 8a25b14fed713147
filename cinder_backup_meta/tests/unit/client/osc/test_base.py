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

import json
import types

import testtools

from cinder_backup_meta.client import errors
from cinder_backup_meta.client.osc import base
from cinder_backup_meta.client.osc import bundles
from cinder_backup_meta.client.osc import plugin
from cinder_backup_meta.client.osc import records
from cinder_backup_meta.client import report
from cinder_backup_meta.record import results

COMMANDS = (
    bundles.ExportBundle,
    bundles.ImportBundle,
    bundles.ShowBundle,
    records.ImportRecord,
    records.ListRecords,
    records.RecoverRecords,
    records.ShowRecord,
)


def refusals(number):
    """Return the answer to an import with only refusals."""
    items = [
        {
            'id': f'backup-{n}',
            'result': 'refused',
            'reason': 'data_missing',
            'detail': 'it is not there',
            'project_id': None,
            'size': None,
            'parent_id': None,
        }
        for n in range(number)
    ]
    return {
        'backup_records': items,
        'summary': {**results.summarize(items), 'over_quota': []},
    }


class TestCommands(testtools.TestCase):
    def command(self, kind):
        options = types.SimpleNamespace(debug=False)
        return kind(types.SimpleNamespace(options=options), None)

    def test_every_command_has_a_parser_and_a_description(self):
        for kind in COMMANDS:
            parser = self.command(kind).get_parser('prog')
            self.assertIn('usage: prog', parser.format_help())
            self.assertTrue(kind.__doc__)

    def test_record_with_and_without_its_service(self):
        parser = self.command(records.ImportRecord).get_parser('prog')
        alone = parser.parse_args(['METADATA'])
        self.assertEqual('METADATA', alone.record)
        both = parser.parse_args(['SERVICE', 'METADATA', '--dry-run'])
        self.assertEqual('METADATA', both.record)
        self.assertTrue(both.dry_run)

    def test_exit_code_of_an_error(self):
        class Broken(base.Command):
            def take_action(self, parsed_args):
                raise errors.Unreachable('gone')

        self.assertEqual(3, self.command(Broken).run(None))

    def test_exit_code_of_refusals(self):
        command = self.command(bundles.ImportBundle)
        found = report.Report()
        command.show_report(found)
        self.assertEqual(0, command.exit_code)
        found.add(refusals(1))
        command.show_report(found)
        self.assertEqual(1, command.exit_code)


class TestColumns(testtools.TestCase):
    def show(self, number):
        found = report.Report(first_line=2)
        found.add(refusals(number))
        return dict(zip(*base.show_item(found.to_dict()), strict=True))

    def test_people_see_the_first_refusals(self):
        lines = self.show(base.SHOWN + 5)['refusals'].human_readable()
        lines = lines.split('\n')
        self.assertEqual(base.SHOWN + 1, len(lines))
        self.assertEqual(
            'line 2, backup backup-0: it is not there [data_missing]',
            lines[0],
        )
        self.assertEqual('and 5 more; see -f json', lines[-1])

    def test_programs_see_all(self):
        shown = self.show(base.SHOWN + 5)
        self.assertEqual(
            base.SHOWN + 5, len(shown['refusals'].machine_readable())
        )
        self.assertEqual(
            {'data_missing': base.SHOWN + 5},
            shown['reasons'].machine_readable(),
        )
        json.dumps(shown['refusals'].machine_readable())

    def test_projects(self):
        column = base.Projects({'p': {'backups': 2, 'gigabytes': 5}})
        self.assertEqual('p: 2 backups, 5 GiB', column.human_readable())


class TestPlugin(testtools.TestCase):
    def test_what_openstackclient_asks_for(self):
        self.assertEqual(
            'openstack.backup_records.v1',
            f'openstack.{plugin.API_NAME}.v{plugin.DEFAULT_API_VERSION}',
        )
        self.assertIn(plugin.DEFAULT_API_VERSION, plugin.API_VERSIONS)
        parser = object()
        self.assertIs(parser, plugin.build_option_parser(parser))
