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

"""The volume type of a restore, by what the hosts answer.

They answer in place of the RPC interface.
"""

from cinder import exception as cinder_exception
from cinder import objects as cinder_objects
import fixtures
import oslo_messaging as messaging

from cinder_backup_meta.api import errors
from cinder_backup_meta.api import restores
from cinder_backup_meta import exception
from cinder_backup_meta import objects
from cinder_backup_meta import reasons
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit.api import base

TYPE_ID = 'a9993e36-4706-416a-ba3e-25717850c26c'


class Fleet:
    """Hosts by name, each with its answer to ``restore_target``."""

    def __init__(self, **answers):
        self.drivers = answers
        self.asked = []

    def restore_target(self, context, host, backup):
        self.asked.append(host)
        answer = self.drivers[host]
        if isinstance(answer, exception.Refused):
            return objects.BackupRecordTarget.refused(
                context, answer, backup_service='a'
            )
        if isinstance(answer, Exception):
            raise answer
        return objects.BackupRecordTarget.done(
            context, backup_service='a', volume_type_id=answer
        )


def refusal(code):
    return exception.Refused(code, 'why')


class TestTargetType(base.TestCase):
    def _backup(self, key='key'):
        return cinder_objects.Backup(
            self.context, id=samples.ID, encryption_key_id=key, host='one'
        )

    def _target(self, fleet, **values):
        found = restores.Restores(self.hosts(fleet))
        return found.target_type(self.context, self._backup(**values))

    def _assert_raises(self, kind, *texts, **answers):
        error = self.assertRaises(kind, self._target, Fleet(**answers))
        for text in texts:
            self.assertIn(text, str(error))

    def test_of_a_volume_that_was_not_encrypted(self):
        fleet = Fleet(one=TYPE_ID)
        self.assertIsNone(self._target(fleet, key=None))
        self.assertEqual([], fleet.asked)

    def test_type(self):
        made = cinder_objects.VolumeType(id=TYPE_ID)
        self.useFixture(
            fixtures.MockPatchObject(
                cinder_objects.VolumeType, 'get_by_id', return_value=made
            )
        )
        self.assertIs(made, self._target(Fleet(one=TYPE_ID)))
        # Another host may have the driver.
        mismatch = refusal(reasons.Reason.SERVICE_MISMATCH)
        self.assertIs(made, self._target(Fleet(two=mismatch, one=TYPE_ID)))

    def test_none_is_required(self):
        self.assertIsNone(self._target(Fleet(one=None)))

    def test_driver_whose_storage_is_unknown(self):
        unknown = refusal(reasons.Reason.DRIVER_UNKNOWN)
        self.assertIsNone(self._target(Fleet(one=unknown)))

    def test_type_that_is_not_there(self):
        self.useFixture(
            fixtures.MockPatchObject(
                cinder_objects.VolumeType,
                'get_by_id',
                side_effect=cinder_exception.VolumeTypeNotFound(
                    volume_type_id=TYPE_ID
                ),
            )
        )
        self._assert_raises(
            cinder_exception.InvalidBackup, samples.ID, TYPE_ID, one=TYPE_ID
        )

    def test_data_that_is_missing(self):
        self._assert_raises(
            cinder_exception.InvalidBackup,
            '[data_missing]',
            one=refusal(reasons.Reason.DATA_MISSING),
        )

    def test_no_host_can_tell(self):
        self._assert_raises(errors.BackupHostUnavailable)
        self._assert_raises(
            errors.BackupHostUnavailable,
            'older version',
            one=messaging.UnsupportedVersion('1.2'),
        )


class TestTypedVolumeAPI(base.TestCase):
    def test_new_volume_has_the_type(self):
        created = []

        class VolumeAPI:
            name = 'cinder'

            def create(self, *args, **kwargs):
                created.append((args, kwargs))
                return 'volume'

        kind = cinder_objects.VolumeType(id=TYPE_ID)
        typed = restores.TypedVolumeAPI(VolumeAPI(), kind)
        self.assertEqual('volume', typed.create(self.context, 1, 'n', 'd'))
        self.assertEqual(
            [((self.context, 1, 'n', 'd'), {'volume_type': kind})], created
        )
        self.assertEqual('cinder', typed.name)
