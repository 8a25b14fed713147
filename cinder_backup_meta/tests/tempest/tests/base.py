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

"""What the tests of backup records have in common.

They touch only what they have made themselves: every export, import and
recovery names its backups or their volume.
"""

import hashlib
import os

from tempest.common import waiters
from tempest import config
from tempest.lib.common.utils import data_utils
from tempest.lib.common.utils import test_utils
from tempest.lib import decorators
from tempest.lib import exceptions
from tempest import test

CONF = config.CONF

EXTENSION = 'backup-records'
MIB = 2**20


class BackupRecordsTestCase(test.BaseTestCase):
    """Tests with volumes and backups of a user, and an administrator."""

    credentials = ['primary', 'admin']

    @classmethod
    def skip_checks(cls):
        super().skip_checks()
        if not CONF.service_available.cinder:
            raise cls.skipException('Cinder is not available')
        if not CONF.volume_feature_enabled.backup:
            raise cls.skipException(
                'backups are not available: [volume-feature-enabled] backup'
            )

    @classmethod
    def setup_credentials(cls):
        cls.set_network_resources()
        super().setup_credentials()

    @classmethod
    def get_user(cls):
        """Return the clients of who has the volumes and backups."""
        return cls.os_primary

    @classmethod
    def setup_clients(cls):
        super().setup_clients()
        user = cls.get_user()
        cls.volumes_client = user.volumes_client_latest
        cls.backups_client = user.backups_client_latest
        cls.admin_volumes_client = cls.os_admin.volumes_client_latest
        cls.admin_backups_client = cls.os_admin.backups_client_latest
        cls.records_client = cls.os_admin.backup_records.BackupRecordsClient()

    @classmethod
    def resource_setup(cls):
        super().resource_setup()
        client = cls.os_admin.volumes_extension_client_latest
        found = client.list_extensions()['extensions']
        if EXTENSION in {one['alias'] for one in found}:
            return
        text = (
            f'Cinder has no extension {EXTENSION}: cinder-backup-meta is not '
            'active there'
        )
        if CONF.backup_meta.required:
            raise AssertionError(f'{text}, and [backup_meta] required is set')
        raise cls.skipException(text)

    # Volumes and backups; they last as long as the test, or as the class

    @decorators.cleanup_order
    def create_volume(self):
        """Create a volume, with data if tests can write it."""
        client = self.volumes_client
        volume = client.create_volume(
            size=CONF.volume.volume_size,
            name=_name(self, 'Volume'),
        )['volume']
        self.cleanup(delete_volume, client, volume['id'])
        waiters.wait_for_volume_resource_status(
            client, volume['id'], 'available'
        )
        write(volume['id'])
        return volume

    @decorators.cleanup_order
    def create_backup(self, volume_id, incremental=False):
        """Back a volume up, for the user; return the backup."""
        client = self.backups_client
        backup = client.create_backup(
            volume_id=volume_id,
            name=_name(self, 'Backup'),
            incremental=incremental,
        )['backup']
        self.cleanup(delete_backup, self.admin_backups_client, backup['id'])
        waiters.wait_for_volume_resource_status(
            client, backup['id'], 'available'
        )
        # It is the volume's turn to be available a moment later.
        waiters.wait_for_volume_resource_status(
            self.volumes_client, volume_id, 'available'
        )
        return backup

    @decorators.cleanup_order
    def create_chain(self):
        """Make a volume with a full backup and an incremental one.

        :returns: the volume, and the ids of both
        """
        volume = self.create_volume()
        full = self.create_backup(volume['id'])
        write(volume['id'], MIB)
        increment = self.create_backup(volume['id'], incremental=True)
        return volume, [full['id'], increment['id']]

    def restore(self, backup_id, by_admin=False):
        """Restore into a new volume; return it."""
        backups, volumes = self.backups_client, self.volumes_client
        if by_admin:
            backups = self.admin_backups_client
            volumes = self.admin_volumes_client
        volume_id = backups.restore_backup(backup_id)['restore']['volume_id']
        self.addCleanup(delete_volume, volumes, volume_id)
        waiters.wait_for_volume_resource_status(
            backups, backup_id, 'available'
        )
        waiters.wait_for_volume_resource_status(
            volumes, volume_id, 'available'
        )
        return volumes.show_volume(volume_id)['volume']

    def assert_restored(self, volume, restored):
        """Check that a restored volume is as the one that was backed up.

        Without ``[backup_meta] volume_path`` only the size is compared.
        """
        self.assertNotEqual(volume['id'], restored['id'])
        self.assertEqual(volume['size'], restored['size'])
        if CONF.backup_meta.volume_path:
            self.assertEqual(digest(volume['id']), digest(restored['id']))

    # Records

    @classmethod
    def export(cls, backup_id):
        """Export by Cinder's own call; return the two values."""
        client = cls.admin_backups_client
        return client.export_backup(backup_id)['backup-record']

    def wait_for_record(self, backup_id, state='current'):
        """Wait until the catalog has a record in a state; return it."""
        client = self.records_client
        found = {}

        def is_there():
            try:
                record = client.show_record(backup_id)['backup_record']
            except exceptions.NotFound:
                return False
            found.update(record)
            return record.get('state') == state

        if not test_utils.call_until_true(
            is_there, CONF.volume.build_timeout, CONF.volume.build_interval
        ):
            raise exceptions.TimeoutException(
                f'the catalog does not have {backup_id} as {state}: {found}'
            )
        return found

    @decorators.cleanup_order
    def forget(self, *backup_ids):
        """Let Cinder forget backups of the user's, and keep their data.

        To retain a backup and to delete it then is the way that the REST API
        has for that. For the catalog they are deleted, and not lost.

        :param backup_ids: parents before children
        :returns: their record strings
        """
        strings = [self.export(one)['backup_url'] for one in backup_ids]
        answer = self.records_client.import_records(
            strings, owner='record', retain=True
        )
        outcomes = [item['result'] for item in answer['backup_records']]
        if outcomes != ['unchanged'] * len(strings):
            raise AssertionError(answer['backup_records'])
        # Else data would be left in the repository that nobody knows of.
        self.cleanup(
            self.records_client.import_records, strings, owner='record'
        )
        for one in reversed(backup_ids):
            delete_backup(self.backups_client, one)
        return strings

    def assert_gone(self, *backup_ids):
        """Check that Cinder does not have some backups."""
        for backup_id in backup_ids:
            self.assertRaises(
                exceptions.NotFound,
                self.admin_backups_client.show_backup,
                backup_id,
            )

    def assert_available(self, *backup_ids):
        """Check that the user has some backups, and that they can be used."""
        for backup_id in backup_ids:
            backup = self.backups_client.show_backup(backup_id)['backup']
            self.assertEqual('available', backup['status'])


def _name(test_case, kind):
    # decorators.cleanup_order gives an instance the name of its class.
    return data_utils.rand_name(
        prefix=CONF.resource_name_prefix, name=f'{test_case.__name__}-{kind}'
    )


def delete_volume(client, volume_id):
    """Delete a volume, if it is there, and wait until it is gone."""
    test_utils.call_and_ignore_notfound_exc(client.delete_volume, volume_id)
    client.wait_for_resource_deletion(volume_id)


def delete_backup(client, backup_id):
    """Delete a backup, if it is there, and wait until it is gone."""
    test_utils.call_and_ignore_notfound_exc(client.delete_backup, backup_id)
    client.wait_for_resource_deletion(backup_id)


def write(volume_id, offset=0):
    """Write data that was never there before, if tests can."""
    path = _volume_path(volume_id)
    if path:
        with open(path, 'r+b') as volume:
            volume.seek(offset)
            volume.write(os.urandom(MIB))


def digest(volume_id):
    """Return a digest of all of a volume, in hexadecimal digits."""
    with open(_volume_path(volume_id), 'rb') as volume:
        return hashlib.file_digest(volume, 'sha256').hexdigest()


def _volume_path(volume_id):
    path = CONF.backup_meta.volume_path
    return path and path.replace('VOLUME_ID', volume_id)
