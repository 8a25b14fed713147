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

"""Records that point where they should not, and data that is not there.

For what destroys data, the loss is shown on the unmodified Cinder first.
"""

import os
import pathlib
import uuid

from cinder_backup_meta.record import codec
from cinder_backup_meta.tests.functional import base
from cinder_backup_meta.tests.functional import control_plane
from cinder_backup_meta.tests import samples


def _changed(string, **changes):
    return codec.encode(codec.decode(string) | changes)


class TestPointers(base.RecordsTestCase):
    """Hazards of a record that names data that is not its own."""

    def _prepare(self, cloud):
        """Make a victim; return its id and record."""
        victim = cloud.backup(cloud.create_volume(data=b'precious'))
        return victim, self.export(victim, cloud=cloud)[1]

    def _stock(self):
        return self.useFixture(control_plane.ControlPlane(stock=True))

    def _import_and_delete_in_stock(self, stock, string):
        response = stock.request(
            'POST',
            '/v3/backups/import_record',
            json={
                'backup-record': {
                    'backup_service': samples.POSIX,
                    'backup_url': string,
                }
            },
        )
        backup_id = self.assert_created(response)
        stock.wait_for('backup', backup_id, 'available')
        self.delete(backup_id, cloud=stock)

    def _empty_prefix(self, string):
        return _changed(string, id=str(uuid.uuid4()), service_metadata='')

    def test_empty_prefix_wipes_a_container_of_stock(self):
        stock = self._stock()
        _victim, string = self._prepare(stock)
        self.assertNotEqual({}, self.files('backups', cloud=stock))
        self._import_and_delete_in_stock(stock, self._empty_prefix(string))
        self.assertEqual({}, self.files('backups', cloud=stock))

    def test_empty_prefix_is_refused(self):
        _victim, string = self._prepare(self.cloud)
        self._refused(self._empty_prefix(string), '[service_metadata_invalid]')

    def _outside(self, cloud, string):
        """Put a file beside the repository and point a record at it."""
        outside = pathlib.Path(cloud.path('outside'))
        outside.mkdir(exist_ok=True)
        new_id = str(uuid.uuid4())
        values = codec.decode(string)
        prefix = samples.posix_prefix(values['volume_id'], new_id)
        (outside / f'{prefix}-00001').write_bytes(b'not of Cinder')
        return _changed(
            string,
            id=new_id,
            container='../outside',
            service_metadata=prefix,
        )

    def test_traversal_deletes_outside_the_repository_of_stock(self):
        stock = self._stock()
        _victim, string = self._prepare(stock)
        bad = self._outside(stock, string)
        self.assertEqual(1, len(self.files('outside', cloud=stock)))
        self._import_and_delete_in_stock(stock, bad)
        self.assertEqual({}, self.files('outside', cloud=stock))

    def test_traversal_is_refused(self):
        _victim, string = self._prepare(self.cloud)
        bad = self._outside(self.cloud, string)
        before = self.files('outside')
        self._refused(bad, '[container_invalid]')
        self.assertEqual(before, self.files('outside'))

    def test_symbolic_link_out_of_the_repository_is_refused(self):
        _victim, string = self._prepare(self.cloud)
        bad = self._outside(self.cloud, string)
        link = self.cloud.path('backups/link')
        os.symlink(self.cloud.path('outside'), link)
        self.addCleanup(os.unlink, link)
        self._refused(_changed(bad, container='link'), '[container_invalid]')

    def _refused(self, string, code):
        before, files = self.tables(), self.files('backups')
        for response in (
            self.post_record(string),
            self.import_with_options(string, verify='none'),
        ):
            self.assert_refused(400, [code], before, response)
        self.assertEqual(files, self.files('backups'))


class TestMissingData(base.RecordsTestCase):
    """A backup comes back only with its data."""

    def _lose(self):
        backup_id = self.quick_backup()
        _service, string = self.export(backup_id)
        self.forget(backup_id)
        folder = pathlib.Path(
            self.cloud.path('backups'), codec.decode(string)['container']
        )
        return backup_id, string, folder

    def _refused(self, string, *texts):
        before, files = self.tables(), self.files('backups')
        response = self.post_record(string)
        self.assert_refused(400, ['[data_missing]', *texts], before, response)
        self.assertEqual(files, self.files('backups'))

    def test_object(self):
        _id, string, folder = self._lose()
        [first] = folder.glob('*-00001')
        first.unlink()
        self._refused(string, first.name)

    def test_metadata_object(self):
        _id, string, folder = self._lose()
        [metadata] = folder.glob('*_metadata')
        metadata.unlink()
        self._refused(string, 'its metadata object is missing')

    def test_cut_off_object(self):
        _id, string, folder = self._lose()
        [first] = folder.glob('*-00001')
        first.write_bytes(b'')
        self._refused(string, first.name)

    def test_other_size(self):
        _id, string, _folder = self._lose()
        for size in (2, 100):
            self._refused(_changed(string, size=size), f'record is {size}')

    def test_other_size_of_an_incremental_backup(self):
        volume_id = self.cloud.create_volume(data=b'old')
        parent_id = self.cloud.backup(volume_id)
        self.addCleanup(self.delete, parent_id)
        child_id = self.cloud.backup(volume_id, incremental=True)
        _service, string = self.export(child_id)
        self.forget(child_id)
        self._refused(_changed(string, size=100), 'record is 100')
        self.assert_created(self.post_record(string))
        self.delete(child_id)

    def test_other_spelling_of_the_container(self):
        backup_id, string, _folder = self._lose()
        container = codec.decode(string)['container']
        spelt = f'./{container.replace("/", "//")}/'
        self.assert_created(
            self.post_record(_changed(string, container=spelt))
        )
        self.assertEqual(container, self.backup_row(backup_id)['container'])
        self.delete(backup_id)
        left = [name for name in self.files('backups') if backup_id in name]
        self.assertEqual([], left)

    def test_revived_backup_whose_data_is_gone(self):
        backup_id = self.quick_backup()
        _service, string = self.export(backup_id)
        self.delete(backup_id)
        # Cinder gives quota back after the row is gone.
        self.assert_soon([], self._open_reservations)
        self._refused(string)
        self.assertEqual('deleted', self.backup_row(backup_id)['status'])

    def _open_reservations(self):
        return [
            row
            for row in self.cloud.rows('reservations')
            if not row['deleted']
        ]

    def test_unseen_by_request(self):
        backup_id, string, folder = self._lose()
        for path in folder.iterdir():
            path.unlink()
        response = self.import_with_options(string, verify='none')
        self.assertEqual(201, response.status_code, response.text)
        self.assertEqual('available', self.backup_row(backup_id)['status'])


class TestOptions(base.RecordsTestCase):
    """What only the plugin's own call can ask for."""

    def setUp(self):
        super().setUp()
        # Rows are lost here, and what was charged for them is not.
        self.cloud.request(
            'PUT',
            '/v3/os-quota-sets/admin',
            json={'quota_set': {'backups': -1, 'backup_gigabytes': -1}},
        )

    def _lost(self, **changes):
        backup_id = self.quick_backup()
        _service, string = self.export(backup_id)
        self.forget(backup_id)
        return backup_id, _changed(string, **changes)

    def _usage(self, project_id):
        return {
            row['resource']: row['in_use']
            for row in self.cloud.rows('quota_usages')
            if row['project_id'] == project_id
            and row['resource'].startswith('backup')
        }

    def test_record_alone_is_enough(self):
        backup_id, string = self._lost()
        response = self.import_with_options(string)
        self.assertEqual(201, response.status_code, response.text)
        self.assertEqual(
            {
                'id': backup_id,
                'name': None,
                'status': 'available',
                'user_id': 'admin',
                'project_id': 'admin',
            },
            response.json()['backup_record'],
        )

    def test_owner_of_the_record(self):
        backup_id, string = self._lost(
            user_id='carol', project_id='carols', size=1
        )
        admins = self._usage('admin')
        response = self.import_with_options(string, owner='record')
        self.assertEqual(201, response.status_code, response.text)
        row = self.backup_row(backup_id)
        self.assertEqual(
            ('carol', 'carols'), (row['user_id'], row['project_id'])
        )
        self.assertEqual(
            {'backups': 1, 'backup_gigabytes': 1}, self._usage('carols')
        )
        self.assertEqual(admins, self._usage('admin'))
        # The tenant has it back.
        shown = self.cloud.request(
            'GET',
            f'/v3/backups/{backup_id}',
            token='carol:carols:member,reader',
        )
        self.assertEqual(200, shown.status_code)

    def test_owner_of_the_record_over_quota(self):
        self.cloud.request(
            'PUT',
            '/v3/os-quota-sets/poor',
            json={'quota_set': {'backups': 0}},
        )
        _id, string = self._lost(user_id='dave', project_id='poor')
        before = self.tables()
        response = self.import_with_options(string, owner='record')
        self.assert_refused(413, ['[quota_exceeded]'], before, response)

    def test_owner_unknown(self):
        _id, string = self._lost(project_id=None)
        before = self.tables()
        response = self.import_with_options(string, owner='record')
        self.assert_refused(400, ['[owner_unknown]'], before, response)

    def test_missing_key(self):
        key_id = str(uuid.uuid4())
        backup_id, string = self._lost(encryption_key_id=key_id)
        before = self.tables()
        for response in (
            self.post_record(string),
            self.import_with_options(string),
        ):
            self.assert_refused(
                400, [key_id, '[key_missing]'], before, response
            )
        response = self.import_with_options(string, allow_missing_key=True)
        self.assertEqual(201, response.status_code, response.text)
        self.assertEqual(
            key_id, self.backup_row(backup_id)['encryption_key_id']
        )

    settings = {
        'config': {
            'key_manager': {
                'backend': 'cinder.keymgr.conf_key_mgr.ConfKeyManager',
                'fixed_key': '0' * 64,
            }
        }
    }

    def test_retained_backup_leaves_its_data(self):
        backup_id, string = self._lost()
        files = self.files('backups')
        response = self.import_with_options(string, retain=True)
        self.assertTrue(response.json()['backup_record']['retained'])
        self.assertTrue(self._shown(backup_id))
        self.delete(backup_id)
        self.assertEqual(files, self.files('backups'))
        # Still all there, to come back and to be deleted for good.
        self.assertEqual(201, self.import_with_options(string).status_code)
        self.assertFalse(self._shown(backup_id))
        self.delete(backup_id)
        self.assertEqual({}, self._files_of(backup_id))

    def test_released_backup_is_deleted_with_its_data(self):
        backup_id, string = self._lost()
        self.import_with_options(string, retain=True)
        response = self.cloud.request(
            'POST',
            f'/v3/backup-records/{backup_id}/action',
            json={'release': None},
        )
        self.assertEqual(202, response.status_code, response.text)
        self.assertFalse(self._shown(backup_id))
        self.delete(backup_id)
        self.assertEqual({}, self._files_of(backup_id))

    def test_refused_import_retains_nothing(self):
        self.cloud.request(
            'PUT',
            '/v3/os-quota-sets/broke',
            json={'quota_set': {'backups': 0}},
        )
        backup_id, string = self._lost(user_id='dave', project_id='broke')
        response = self.import_with_options(
            string, owner='record', retain=True
        )
        self.assertEqual(413, response.status_code, response.text)
        self.assertEqual(201, self.import_with_options(string).status_code)
        self.assertFalse(self._shown(backup_id))

    def _shown(self, backup_id):
        response = self.cloud.request('GET', f'/v3/backup-records/{backup_id}')
        self.assertEqual(200, response.status_code, response.text)
        return response.json()['backup_record']['retained']

    def _files_of(self, backup_id):
        return {
            name: digest
            for name, digest in self.files('backups').items()
            if backup_id in name
        }

    def test_only_administrators(self):
        backup_id, string = self._lost()
        before = self.tables()
        tries = [
            self.import_with_options(string, token='bob:admin:member,reader'),
            self.cloud.request(
                'GET',
                f'/v3/backup-records/{backup_id}',
                token='bob:admin:member,reader',
            ),
            self.cloud.request(
                'POST',
                f'/v3/backup-records/{backup_id}/action',
                json={'release': None},
                token='bob:admin:member,reader',
            ),
        ]
        for response in tries:
            self.assert_refused(
                403, ["Policy doesn't allow"], before, response
            )

    def test_bad_requests(self):
        before = self.tables()
        for values in (
            {'verify': 'maybe'},
            {'owner': 'me'},
            {'retain': 'yes'},
            {'other': 1},
        ):
            response = self.import_with_options(
                samples.encode(samples.record()), **values
            )
            self.assert_refused(400, [], before, response)
        for path in (samples.ID, 'not-a-uuid'):
            response = self.cloud.request('GET', f'/v3/backup-records/{path}')
            self.assert_refused(404, [path], before, response)
