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

"""Hosts with the plugin and hosts without: the days of an installation."""

import json
import time

from cinder_backup_meta.embedded import config
from cinder_backup_meta.tests.fullstack import base
from cinder_backup_meta.tests import samples

_STATUS = 'cinder-backup-meta-status'
_LACKS = 'does not have the plugin'
# No request is waited for: a host without the plugin answers at once.
_AT_ONCE = 10


class HostsTestCase(base.FullStackTestCase):
    def _ask(self, method, path, **body):
        """Send a request that must not hang; return the response."""
        begun = time.monotonic()
        response = self.cloud.request(method, path, json=body or None)
        self.assertLess(time.monotonic() - begun, _AT_ONCE, path)
        return response

    def _import_page(self, string):
        return self._ask(
            'POST',
            '/v3/backup-records/import',
            backup_records={'records': [string], 'verify': 'none'},
        )

    def _import_one(self, string):
        return self._ask(
            'POST',
            '/v3/backup-records/import',
            backup_record={'backup_url': string, 'verify': 'none'},
        )

    def _check(self, *options, files=None):
        """Run the check; return what it found, by the check's name.

        :param files: what it is configured by, if not as the services are
        """
        output = self.cloud.run_command(
            _STATUS,
            *options,
            'upgrade',
            'check',
            '--json',
            files=files,
            codes=(0, 1, 2),
        )
        return {
            found['check']: (found['result'], found['details'])
            for found in json.loads(output)['checks']
            if found['result']
        }

    def _install(self, host):
        """Give a host the plugin, as a rolling installation does."""
        self.cloud.stop(host)
        self.cloud.services[host].configure(
            self.cloud.own_options(host, stock=False)
        )
        self.cloud.start(host)


class TestOneHostOfTwo(HostsTestCase):
    """One has it already, the other one not yet."""

    settings = {
        'volumes': True,
        'backup_hosts': ('backup-1', 'backup-2'),
        'stock_hosts': ('backup-2',),
        # A row that is forgotten stays charged.
        'config': {
            'DEFAULT': {'quota_backups': -1, 'quota_backup_gigabytes': -1}
        },
    }

    def test_whoever_can_does_it(self):
        # Chance decides whom cinder-api asks first: often enough for both.
        for _ in range(8):
            created = self._import_one(samples.encode(samples.record()))
            self.assertEqual(201, created.status_code, created.text)
            exported = self._ask('GET', '/v3/backup-records/export')
            self.assertEqual(200, exported.status_code, exported.text)
            self.assertIn(samples.ID, exported.text)
            self.forget(samples.ID)
            page = self._import_page(samples.encode(samples.record()))
            self.assertEqual(200, page.status_code, page.text)
            self.assertEqual(1, page.json()['summary']['created'], page.text)
            self.forget(samples.ID)

    def test_nothing_that_stock_does_is_lost(self):
        volume_id = self.cloud.create_volume(data=b'a' * 1000)
        for _ in range(2):
            backup_id = self.cloud.backup(volume_id)
            exported = self.export(backup_id)
            self.forget(backup_id)
            self.import_(exported)
            self.cloud.wait_for('backup', backup_id, 'available')
            restored = self.restore(backup_id)
            self.assertEqual(
                self.cloud.read_sha256(volume_id),
                self.cloud.read_sha256(restored),
            )
            self.delete(backup_id)

    def test_the_check_names_the_host(self):
        result, details = self._check('--ask-hosts')['Backup hosts']
        self.assertEqual(2, result)
        self.assertIn('backup-2', details)
        self.assertNotIn('backup-1', details)


class TestNoHost(HostsTestCase):
    """cinder-api has the plugin, and no cinder-backup has it yet."""

    settings = {'backup_hosts': ('backup-1',), 'stock_hosts': ('backup-1',)}

    def test_errors_say_so(self):
        before = self.tables()
        string = samples.encode(samples.record())
        for response in (
            self.post_record(string),
            self._import_one(string),
            self._import_page(string),
            self._ask('GET', '/v3/backup-records/export'),
            self._ask('GET', '/v3/backup-records'),
            self._ask('GET', '/v3/backup-records/status'),
            self._ask('POST', '/v3/backup-records/recover', recover={}),
        ):
            self.assertEqual(503, response.status_code, response.text)
            self.assertIn('backup-1', response.text)
            self.assertIn(_LACKS, response.text)
        # Above all, no backup that stays in "creating" for ever.
        self.assertEqual(before, self.tables())

    def test_the_installation_is_completed(self):
        other = self.another_cloud(**self.settings)
        self.addCleanup(setattr, self, 'cloud', self.cloud)
        self.cloud = other
        string = samples.encode(samples.record())
        self.assertEqual(503, self._import_page(string).status_code)
        self.assertIn('Backup hosts', self._check('--ask-hosts'))
        self._install('backup-1')
        self.assert_soon({}, lambda: self._check('--ask-hosts'))
        page = self._import_page(string)
        self.assertEqual(1, page.json()['summary']['created'], page.text)


class TestHalfConfigured(HostsTestCase):
    """Other things that are forgotten; the check says what to mend."""

    def _found(self, without=None, more=()):
        """Return what the check finds to be wrong, by the check's name.

        :param without: the line that was forgotten
        :param more: files that are read last
        """
        first, *others = self.cloud.config_files
        with open(first) as stream:
            lines = stream.read().splitlines()
        if without is not None:
            lines.remove(without)
        half = self.cloud.path('half.conf')
        with open(half, 'w') as stream:
            stream.writelines(f'{line}\n' for line in lines)
        found = self._check(files=[half, *others, *more])
        return {
            check: details
            for check, (result, details) in found.items()
            if result == 2
        }

    def test_each_half(self):
        checks = {
            'backup_manager': 'Backup manager',
            'backup_api_class': 'Backup API class',
            'osapi_volume_extension': 'API extensions',
        }
        for line in config.PLUGIN.split('\n')[1:-1]:
            name, _, value = line.partition(' = ')
            found = self._found(without=line)
            # Wrong with some releases of Cinder.
            found.pop('Restores', None)
            self.assertEqual([checks[name]], [*found], found)
            # What is missing is what to add.
            self.assertIn(value, found[checks[name]])

    def test_tables_of_the_catalog_are_forgotten(self):
        catalog = self.cloud.servers.database
        name = f'{self.cloud.region}_none'
        catalog.create(name)
        self.addCleanup(catalog.drop, name)
        path = self.cloud.path('none.conf')
        with open(path, 'w') as stream:
            stream.write(
                f'[backup_meta_catalog]\nconnection = {catalog.url_of(name)}\n'
            )
        found = self._found(more=[path])
        self.assertEqual(['Catalog: tables'], [*found])
        # Cinder's database knows of the catalog that was in use.
        text = found['Catalog: tables']
        self.assertIn('the one that was in use is gone', text)
        self.assertIn('cinder-backup-meta-manage db accept', text)

    def test_whole(self):
        self.assertEqual({}, self._found())
        self.assertEqual({}, self._check('--ask-hosts'))
