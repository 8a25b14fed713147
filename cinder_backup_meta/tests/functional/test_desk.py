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

"""The commands for records and bundles, by the real programs."""

import os
import stat
import subprocess
import uuid

from keystoneauth1 import session
from keystoneauth1 import token_endpoint

from cinder_backup_meta.client import errors
from cinder_backup_meta.client import exports
from cinder_backup_meta.client import imports
from cinder_backup_meta.client import rest
from cinder_backup_meta.tests.functional import desk
from cinder_backup_meta.tests import samples


class Commands:
    """What holds of the commands by either program."""

    def succeed(self, command, *arguments, code=0):
        """Run a command; return what it says in its table."""
        found, output, errors = self.call(command, *arguments)
        self.assertEqual(code, found, output + errors)
        return self.values(output)

    def test_help(self):
        for command in self.words:
            _code, output, _errors = self.call(command, '--help', check=True)
            self.assertIn('usage:', output)
            self.assertIn(' '.join(self.words[command]), output)

    def test_there_and_back(self):
        entries = self.chain(3) + self.chain(1)
        source = self.write(entries)
        before = self.tables()
        plan = self.succeed('bundle import', '--dry-run', source)
        self.assertEqual('4', plan['created'])
        self.assertEqual('2', plan['chains'])
        self.assertEqual(before, self.tables())
        done = self.succeed('bundle import', source)
        self.assertEqual('4', done['created'])
        self.assertEqual({**plan, 'dry_run': 'False'}, done)
        self.assertEqual(entries, self.arrived(entries))

        target = self.path('out.bundle.zst')
        arguments = []
        for entry in entries:
            arguments += ['--id', entry.id]
        self.succeed('bundle export', *arguments, target)
        self.assertEqual(0o600, stat.S_IMODE(os.stat(target).st_mode))
        self.assertEqual(
            sorted(entry.id for entry in entries),
            sorted(entry.id for entry in self.read(target)),
        )
        again = self.succeed('bundle import', target)
        self.assertEqual('4', again['unchanged'])
        self.forget(*(entry.id for entry in entries))
        again = self.succeed('bundle import', target)
        self.assertEqual('4', again['created'])

    def test_ancestors_come_along_unless_told_not_to(self):
        entries = self.chain(3)
        self.succeed('bundle import', self.write(entries))
        target = self.path()
        self.succeed('bundle export', '--id', entries[2].id, target)
        self.assertEqual(3, len(self.read(target)))
        self.succeed(
            'bundle export',
            '--no-ancestors',
            '--force',
            '--id',
            entries[2].id,
            target,
        )
        self.assertEqual([entries[2].id], [e.id for e in self.read(target)])

    def test_existing_file(self):
        self.succeed('bundle import', self.write(self.chain(1)))
        target = self.path()
        with open(target, 'w') as stream:
            stream.write('precious')
        code, _output, errors = self.call('bundle export', target)
        self.assertEqual(1, code)
        self.assertIn('[bundle_exists]', errors)
        self.assertIn('--force', errors)
        self.assertNotIn('Traceback', errors)
        with open(target) as stream:
            self.assertEqual('precious', stream.read())
        self.succeed('bundle export', '--force', target)
        self.assertNotEqual([], self.read(target))

    def test_refusals(self):
        first, second = self.chain(2), self.chain(1)
        bad = second[0]._replace(backup_url='!')
        source = self.write([first[0], bad, first[1]])
        code, output, _errors = self.call('bundle import', source)
        self.assertEqual(1, code)
        self.assertIn('record_not_base64', output)
        self.assertEqual('2', self.values(output)['created'])
        self.assertEqual(first, self.arrived(first))
        code, output, _errors = self.call('bundle show', source)
        self.assertEqual(1, code)
        self.assertIn('record_not_base64', output)

    def test_altered_bundle_changes_nothing(self):
        source = self.write(self.chain(2))
        with open(source, 'r+b') as stream:
            stream.truncate(os.path.getsize(source) - 30)
        before = self.tables()
        for command in ('bundle import', 'bundle show'):
            code, _output, errors = self.call(command, source)
            self.assertEqual(1, code)
            self.assertIn(f'{source}, line 4', errors)
            self.assertIn('[bundle_truncated]', errors)
        self.assertEqual(before, self.tables())

    def test_owners(self):
        [entry] = self.chain(1, project_id='old-p', user_id='old-u')
        source = self.write([entry])
        arguments = (
            '--project-map',
            'old-p=new-p',
            '--user-map',
            'old-u=new-u',
            source,
        )
        code, _output, errors = self.call('bundle import', *arguments)
        self.assertEqual(2, code, errors)
        self.succeed('bundle import', '--owner', 'record', *arguments)
        row = self.backup_row(entry.id)
        self.assertEqual(
            ('new-p', 'new-u'), (row['project_id'], row['user_id'])
        )

    def test_pipes(self):
        entries = self.chain(3)
        self.succeed('bundle import', self.write(entries))
        export = self.start(
            self.program,
            *self.words['bundle export'],
            '-',
            '--id',
            entries[2].id,
        )
        output, errors = export.communicate(timeout=600)
        self.assertEqual(0, export.returncode, errors)
        with open(self.path(), 'w') as stream:
            stream.write(output)
        self.assertEqual(
            [entry.id for entry in entries],
            [entry.id for entry in self.read(self.path())],
        )
        with open(self.path()) as stream:
            done = subprocess.run(
                export.args[:5]
                + self.words['bundle import']
                + ['--dry-run', '-'],
                stdin=stream,
                capture_output=True,
                text=True,
            )
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual('3', self.values(done.stdout)['unchanged'])

    def test_lost_and_recovered(self):
        entries = self.chain(3)
        self.succeed('bundle import', self.write(entries))
        before = self.tables()
        self.forget(*(entry.id for entry in entries))
        lost = self.tables()
        arguments = ('record recover', '--id', entries[2].id)
        plan = self.succeed(*arguments, '--dry-run')
        self.assertEqual('3', plan['created'])
        self.assertEqual(lost, self.tables())
        done = self.succeed(*arguments)
        self.assertEqual('3', done['created'])
        self.assertEqual(entries, self.arrived(entries))
        self.assertEqual(
            {row['id'] for row in before['backups']},
            {row['id'] for row in self.tables()['backups']},
        )
        again = self.succeed(*arguments)
        self.assertEqual('0', again['created'])

    def test_usage(self):
        for command, *arguments in (
            ('record show',),
            ('record list', '--limit', '0'),
            ('record list', '--limit', 'many'),
            ('record recover', '--verify', 'perhaps'),
            ('bundle export',),
            ('bundle import', '--owner', 'me', 'file'),
            ('bundle import', '--owner', 'record', '--user-map', 'u', 'file'),
        ):
            code, _output, errors = self.call(command, *arguments)
            self.assertEqual(2, code, errors)
            self.assertNotIn('Traceback', errors)

    def test_refused_request(self):
        code, _output, errors = self.call(
            'record list', '--created-since', 'yesterday'
        )
        self.assertEqual(1, code)
        self.assertIn('created_since', errors)
        self.assertNotIn('Traceback', errors)

    def test_traceback_only_for_who_asks(self):
        code, _output, errors = self.cloud.run_client(
            self.program,
            ['--debug', *self.words['bundle show'], self.path('none')],
            check=False,
        )
        self.assertEqual(1, code)
        self.assertIn('Traceback', errors)

    def test_unreachable(self):
        self.cloud.stop()
        try:
            for command, *arguments in (
                ('record list',),
                ('record recover',),
                ('bundle export', self.path()),
                ('bundle import', self.write(self.chain(1))),
            ):
                code, _output, errors = self.call(command, *arguments)
                self.assertEqual(3, code, errors)
                self.assertNotIn('Traceback', errors)
        finally:
            self.cloud.restart()
        self.assertFalse(os.path.exists(self.path()))


class TestCinder(desk.Cinder, Commands, desk.DeskTestCase):
    def test_listed_in_the_help(self):
        _code, output, _errors = self.cloud.cinder('help')
        for command, words in self.words.items():
            self.assertIn(words[0], output, command)
        _code, output, _errors = self.cloud.cinder('bash-completion')
        for words in self.words.values():
            self.assertIn(words[0], output.split())

    def test_table(self):
        entries = self.chain(2)
        self.succeed('bundle import', self.write(entries))
        parent = self.backup_row(entries[0].id)
        _code, output, _errors = self.call(
            'record list', '--volume-id', parent['volume_id'], check=True
        )
        rows = [line for line in output.splitlines() if line.startswith('|')]
        self.assertEqual(3, len(rows))
        self.assertIn('| ID ', rows[0])
        self.assertIn(entries[0].id, output)
        _code, output, _errors = self.call(
            'record list', '--long', '--parent-id', entries[0].id, check=True
        )
        self.assertIn('| Parent ID', output)
        self.assertIn(entries[1].id, output)
        values = self.succeed('record show', entries[1].id)
        self.assertEqual(entries[0].id, values['parent_id'])

    def test_record_alone(self):
        [entry] = self.chain(1)
        self.call('record import', entry.backup_url, check=True)
        self.assertEqual([entry], self.arrived([entry]))

    def test_record_with_its_service(self):
        [entry] = self.chain(1)
        self.call(
            'record import',
            entry.backup_service,
            entry.backup_url,
            check=True,
        )
        self.assertEqual([entry], self.arrived([entry]))

    def test_record_alone_that_can_not_be_read(self):
        [nameless] = self.chain(1, service=None)
        for record in ('AAAA', nameless.backup_url):
            code, _output, errors = self.call('record import', record)
            self.assertEqual(2, code, errors)

    def test_other_commands_work_without_the_package(self):
        folder = os.path.join(self.programs.folder, 'cinder_backup_meta')
        os.mkdir(folder)
        with open(os.path.join(folder, '__init__.py'), 'w') as stream:
            stream.write('raise ImportError("half removed")\n')
        _code, output, errors = self.cloud.cinder('help')
        self.assertIn('backup-import', output)
        self.assertNotIn('backup-bundle-import', output)
        self.cloud.cinder('backup-list')

    def test_bundle_is_shown_without_a_cloud(self):
        source = self.write(self.chain(2))
        done = subprocess.run(
            [
                desk.path_of(self.program),
                *self.words['bundle show'],
                source,
            ],
            env={
                'PATH': os.environ['PATH'],
                'PYTHONPATH': self.programs.folder,
            },
            capture_output=True,
            text=True,
        )
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual('2', self.values(done.stdout)['records'])


class TestOpenStack(desk.OpenStack, Commands, desk.DeskTestCase):
    def test_completion(self):
        _code, output, _errors = self.cloud.openstack('complete')
        self.assertIn("cmds_volume_backup_bundle='export import show'", output)
        self.assertIn(
            "cmds_volume_backup_record='export import list recover show'",
            output,
        )

    def test_json(self):
        entries = self.chain(2)
        done = self.json('bundle import', self.write(entries))
        self.assertEqual(2, done['created'])
        self.assertEqual(
            {'admin': {'backups': 2, 'gigabytes': 2}}, done['projects']
        )
        self.assertEqual([], done['refusals'])
        [item] = self.json('record list', '--parent-id', entries[0].id)
        self.assertEqual(entries[1].id, item['id'])
        self.assertEqual('current', item['state'])
        item = self.json('record show', entries[1].id)
        self.assertEqual(entries[0].id, item['parent_id'])
        self.assertFalse(item['retained'])
        result = self.json('bundle export', '--id', entries[1].id, self.path())
        self.assertEqual(
            {
                'file': self.path(),
                'records': 2,
                'omitted': [],
                'unreadable': [],
            },
            result,
        )
        found = self.json('bundle show', self.path())
        self.assertEqual(2, found['records'])
        self.assertEqual(1, found['chains'])
        self.assertEqual([], found['parents_elsewhere'])
        self.assertEqual({'ids': [entries[1].id]}, found['selection'])

    def test_refusals_as_json(self):
        [entry] = self.chain(1)
        bad = entry._replace(backup_url='AAAA')
        [refusal] = self.json('bundle import', self.write([bad]), code=1)[
            'refusals'
        ]
        self.assertEqual('record_not_json', refusal['reason'])
        self.assertEqual(2, refusal['line'])

    def test_one_column(self):
        self.succeed('bundle import', self.write(self.chain(1)))
        _code, output, _errors = self.call(
            'record list', '--limit', '1', '-f', 'value', '-c', 'state'
        )
        self.assertEqual('current', output.strip())

    def test_record_alone_and_with_its_service(self):
        for arguments in ((), (samples.POSIX,)):
            [entry] = self.chain(1)
            done = self.succeed('record import', *arguments, entry.backup_url)
            self.assertEqual('1', done['created'])
            self.assertEqual([entry], self.arrived([entry]))


class Interruption:
    """An export by many pages, interrupted."""

    settings = {
        'config': {
            **desk.CONFIG,
            'DEFAULT': {**desk.CONFIG['DEFAULT'], 'osapi_max_limit': '2'},
        }
    }

    def test_goes_on_where_it_was(self):
        entries = [entry for _ in range(60) for entry in self.chain(3)]
        source = self.write(entries)
        # Chains of three in pages of two: most parents come before the page.
        plan = self.values(
            self.call('bundle import', '--dry-run', source, check=True)[1]
        )
        self.assertEqual('180', plan['created'])
        self.assertEqual('60', plan['chains'])
        self.assertEqual([], self.arrived(entries))
        self.call('bundle import', source, check=True)
        path = self.path()
        process = self.start(self.program, *self.words['bundle export'], path)
        code, errors = self.interrupt_export(process, path)
        self.assertEqual(130, code, errors)
        self.assertIn('--resume', errors)
        self.assertFalse(os.path.exists(path))
        size = os.path.getsize(f'{path}.part')

        code, _output, errors = self.call('bundle export', path)
        self.assertEqual(1, code)
        self.assertIn('[bundle_part_exists]', errors)
        self.assertEqual(size, os.path.getsize(f'{path}.part'))

        self.call('bundle export', '--resume', path, check=True)
        self.assertEqual(
            sorted(entry.id for entry in entries),
            sorted(entry.id for entry in self.read(path)),
        )
        self.assertFalse(os.path.exists(f'{path}.part'))


class TestCinderInterrupted(desk.Cinder, Interruption, desk.DeskTestCase):
    pass


class TestOpenStackInterrupted(
    desk.OpenStack, Interruption, desk.DeskTestCase
):
    pass


class TestPython(desk.DeskTestCase):
    """What the guide does from Python."""

    def setUp(self):
        super().setUp()
        endpoint = f'{self.cloud.endpoint}/v3'
        plugin = token_endpoint.Token(endpoint, 'admin:admin')
        self.session = session.Session(auth=plugin)
        self.records = rest.Records(self.session)

    def test_there_and_back(self):
        entries = self.chain(3)
        strings = [entry.backup_url for entry in entries]
        report = imports.import_records(self.records, strings)
        self.assertEqual(3, report.total['created'])
        path = self.path()
        result = exports.export_bundle(self.records, path, ids=[entries[2].id])
        self.assertEqual((3, [], []), result)
        self.forget(*(entry.id for entry in entries))
        plan = imports.import_bundle(self.records, path, dry_run=True)
        self.assertEqual(3, plan.total['created'])
        report = imports.recover(self.records, ids=[entries[2].id])
        self.assertEqual(3, report.total['created'])
        report = imports.import_bundle(self.records, path)
        self.assertEqual(3, report.total['unchanged'])

    def test_catalog(self):
        entries = self.chain(3)
        strings = [entry.backup_url for entry in entries]
        imports.import_records(self.records, strings, retain=True)
        volume_id = self.backup_row(entries[0].id)['volume_id']
        for size in (1, 2, 1000):
            found = self.records.list(
                volume_id=volume_id, page_size=size, sort='id:asc'
            )
            self.assertEqual(
                sorted(entry.id for entry in entries),
                [item['id'] for item in found],
            )
        self.assertIn('current', self.records.status())
        self.assertTrue(self.records.show(entries[0].id)['retained'])
        self.records.release(entries[0].id)
        self.assertFalse(self.records.show(entries[0].id)['retained'])

    def test_refusal(self):
        error = self.assertRaises(
            errors.RequestFailed, self.records.show, str(uuid.uuid4())
        )
        self.assertEqual(404, error.status)
        self.assertIsNotNone(error.request_id)
