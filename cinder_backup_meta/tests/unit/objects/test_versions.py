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

from cinder.objects import base as cinder_base
from oslo_versionedobjects import fixture

from cinder_backup_meta import objects
from cinder_backup_meta.tests.unit import base

# A changed fingerprint means a changed object: raise its VERSION, say what
# was added in a comment beside it, teach obj_make_compatible to leave it out,
# and only then put the new fingerprint here.
FINGERPRINTS = {
    'BackupRecord': '1.0-939d8f26fda2a191da9e32d0ddc56cb6',
    'BackupRecordBatch': '1.0-75febe49da25b0d6d649ecf850c2f49e',
    'BackupRecordBatchOptions': '1.1-6eceeeb3c3c036958cc044f0c5c911f3',
    'BackupRecordCatalogStatus': '1.0-d73a3e8e736eddbe63dc2a27b17a10b3',
    'BackupRecordEntry': '1.0-bf71dd5c3cd40e93a39779c62e480afb',
    'BackupRecordEntryAnswer': '1.0-2521bf31774bb7d6fa8dac1efda48591',
    'BackupRecordOptions': '1.0-cdf2e4e9c904db421294063f5288889e',
    'BackupRecordOutcome': '1.0-df8829240dd572a3a06fe10f2f717bf3',
    'BackupRecordPage': '1.0-58ddcf8635fb9ca23842f867de54cbc7',
    'BackupRecordSelection': '1.0-00d8390bc0c19a1c1f1b9df2af039d0e',
    'BackupRecordTarget': '1.0-619baf3f746ab882c023e31240bc20bc',
}


class TestVersions(base.TestCase):
    def _checker(self):
        classes = cinder_base.CinderObjectRegistry.obj_classes()
        return fixture.ObjectVersionChecker(
            {name: classes[name] for name in objects.__all__}
        )

    def test_fingerprints(self):
        expected, actual = self._checker().test_hashes(FINGERPRINTS)
        self.assertEqual(expected, actual)

    def test_every_version_can_be_made_from_the_newest(self):
        # Field by field: what an older version lacks is not sent to it.
        self._checker().test_compatibility_routines()

    def test_fields_that_an_older_sender_lacks_have_defaults(self):
        sent = objects.BackupRecordBatchOptions.with_defaults(self.context)
        older = sent.obj_to_primitive(target_version='1.0')
        received = objects.BackupRecordBatchOptions.obj_from_primitive(older)
        self.assertFalse(received.ignore_unknown)
        # Of other fields nobody can tell.
        self.assertRaises(
            NotImplementedError, getattr, objects.BackupRecord(), 'id'
        )

    def test_not_in_the_history_of_cinder(self):
        # An entry there would make Cinder pin its services by our objects.
        for versions in cinder_base.OBJ_VERSIONS.values():
            self.assertEqual(set(), set(objects.__all__) & set(versions))
