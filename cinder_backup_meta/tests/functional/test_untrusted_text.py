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

"""Text that somebody has written to mislead who reads it."""

import csv
import io
import json
import urllib.parse

from cinder_backup_meta.client import bundle
from cinder_backup_meta.tests.functional import desk
from cinder_backup_meta.tests.functional import manage
from cinder_backup_meta.tests import samples

#: What a reader must not take for a line of its own, and what must not reach a
#: terminal.
FORGED = 'FORGED 2026-01-01 00:00:00 | row |'
HOSTILE = f'x\n{FORGED}\r\n{FORGED}\x1b[2J\u202e\u2066\x85{FORGED}'


class Harmless:
    """What to check of all that people read."""

    def assert_harmless(self, text):
        # Not splitlines: that also splits where no terminal does.
        for line in text.split('\n'):
            self.assertTrue(line.isprintable(), ascii(line))
            self.assertNotEqual(FORGED[:6], line.lstrip('| "')[:6], line)

    def assert_shown(self, text):
        self.assert_harmless(text)
        self.assertIn('x\\nFORGED', text)


class Shown(Harmless):
    """What the commands of either program print."""

    def _import(self):
        [entry] = self.chain(
            1, display_name=HOSTILE, display_description=HOSTILE
        )
        self.call('bundle import', self.write([entry]), check=True)
        self.assert_soon(
            1, lambda: self.call('record list')[1].count(entry.id)
        )
        return entry

    def test_list_and_record(self):
        entry = self._import()
        for command in (
            ('record list',),
            ('record list', '--long'),
            ('record show', entry.id),
        ):
            _code, output, _errors = self.call(*command, check=True)
            self.assert_shown(output)

    def test_bundle(self):
        [entry] = self.chain(1, display_name=HOSTILE)
        path = self.path('hostile.bundle')
        with bundle.write(path, selection={'name': HOSTILE}) as writer:
            writer.add_page([entry], None)
            writer.finish()
        _code, output, errors = self.call('bundle show', path, check=True)
        self.assert_shown(output)
        self.assert_harmless(errors)

    def test_fields_that_are_ids(self):
        # An import that sets its own owner does not judge that of the record.
        for name, reason in (
            ('project_id', 'owner_unknown'),
            ('user_id', 'owner_unknown'),
            ('service', 'invalid_field'),
        ):
            path = self.write(self.chain(1, **{name: HOSTILE}))
            _code, output, errors = self.call('bundle show', path)
            self.assert_harmless(output + errors)
            code, output, errors = self.call(
                'bundle import', '--owner', 'record', path
            )
            self.assertEqual(1, code, output)
            self.assertIn(reason, output)
            self.assert_harmless(output + errors)

    def test_names_of_drivers_in_a_bundle(self):
        [entry] = self.chain(1)
        path = self.write([entry._replace(backup_service=HOSTILE)])
        code, output, errors = self.call('bundle show', path)
        self.assertEqual(1, code)
        self.assertIn('[bundle_line_invalid]', errors)
        self.assert_harmless(output + errors)

    def test_errors(self):
        code, output, errors = self.call(
            'bundle import',
            '--owner',
            'record',
            '--project-map',
            HOSTILE,
            self.path(),
        )
        self.assertEqual(2, code)
        self.assert_shown(output + errors)


class TestCinder(desk.Cinder, Shown, desk.DeskTestCase):
    def test_traceback(self):
        code, output, errors = self.cloud.cinder(
            '--debug', *self.words['bundle show'], HOSTILE, check=False
        )
        self.assertEqual(1, code)
        self.assertIn('Traceback', errors)
        self.assert_harmless(output)
        for line in errors.split('\n'):
            self.assertTrue(line.isprintable(), ascii(line))


class TestOpenStack(desk.OpenStack, Shown, desk.DeskTestCase):
    def test_formats(self):
        entry = self._import()
        for form in ('value', 'csv'):
            _code, output, _errors = self.call(
                'record list', '-f', form, check=True
            )
            # The csv format doubles the backslashes.
            self.assert_shown(output.replace('\\\\', '\\'))
        rows = list(csv.DictReader(io.StringIO(output)))
        self.assertIn(entry.id, [row['id'] for row in rows])

    def test_programs_get_it_as_it_is(self):
        entry = self._import()
        for form in ('json', 'yaml'):
            _code, output, _errors = self.call(
                'record show', entry.id, '-f', form, check=True
            )
            self.assertTrue(output.replace('\n', '').isprintable())
            if form == 'json':
                self.assertEqual(HOSTILE, json.loads(output)['name'])


class TestServer(Harmless, desk.DeskTestCase):
    """What cinder-api answers, and what the services log."""

    def test_answers_and_log(self):
        hostile = urllib.parse.quote(HOSTILE)
        record = samples.record(size=1, service_metadata=HOSTILE)
        string = samples.encode(record)
        for method, path, body in (
            ('GET', f'/v3/backup-records/{hostile}', None),
            ('GET', f'/v3/backup-records?{hostile}=1', None),
            ('GET', f'/v3/backup-records?marker={hostile}', None),
            ('GET', f'/v3/backup-records?project_id={hostile}', None),
            ('GET', f'/v3/backup-records/export?marker={hostile}', None),
            (
                'POST',
                '/v3/backups/import_record',
                {
                    'backup-record': {
                        'backup_url': samples.encode(samples.record()),
                        'backup_service': HOSTILE,
                    }
                },
            ),
            (
                'POST',
                '/v3/backup-records/import',
                {
                    'backup_record': {
                        'backup_url': string,
                        'backup_service': HOSTILE,
                    }
                },
            ),
            (
                'POST',
                '/v3/backup-records/import',
                {
                    'backup_records': {
                        'records': [string],
                        'owner': 'record',
                        'projects': {'project-9': HOSTILE},
                    }
                },
            ),
            (
                'POST',
                '/v3/backup-records/recover',
                {'recover': {'service': HOSTILE}},
            ),
        ):
            response = self.cloud.request(method, path, json=body)
            self.assertIn(response.status_code, (400, 404, 503), response.text)
            [error] = response.json().values()
            self.assertTrue(
                error['message'].isprintable(), ascii(error['message'])
            )
        response = self.cloud.request(
            'POST',
            '/v3/backup-records/import',
            json={'backup_records': {'records': [string]}},
        )
        self.assert_harmless(response.json()['backup_records'][0]['detail'])
        log = self.cloud.log_text()
        self.assertIn('FORGED', log)
        self.assert_harmless(log)

    def test_manage(self):
        [entry] = self.chain(1, display_name=HOSTILE)
        self.cloud.request(
            'POST',
            '/v3/backup-records/import',
            json={'backup_records': {'records': [entry.backup_url]}},
        )
        self.cloud.execute(
            'UPDATE backups SET status = ?, project_id = ?, host = ? '
            'WHERE id = ?',
            (HOSTILE, HOSTILE, HOSTILE, entry.id),
        )
        for arguments in (
            ('check', '--only', 'backups'),
            ('check', '--only', 'quota'),
            ('recover', '--dry-run', '--name', HOSTILE),
            ('recover', '--dry-run', '--project', HOSTILE),
        ):
            done = manage.run(self.cloud, *arguments)
            self.assert_harmless(done.stdout + done.stderr)
