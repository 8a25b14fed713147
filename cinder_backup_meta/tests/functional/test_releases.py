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

"""Records in the form of each release of Cinder that wrote a form of its own.

The records are made after the sources of those releases; the releases
themselves do not run on a Python of today.
"""

import uuid

import testscenarios

from cinder_backup_meta.record import codec
from cinder_backup_meta.tests.functional import base
from cinder_backup_meta.tests import samples

load_tests = testscenarios.load_tests_apply_scenarios


class TestReleases(base.FunctionalTestCase):
    # No data stands behind the records.
    settings = {'config': {'backup_meta': {'verify': 'none'}}}
    scenarios = [
        (release, {'release': release}) for release in samples.RELEASES
    ]

    def test_imports(self):
        backup_id = str(uuid.uuid4())
        string = samples.of_release(self.release, id=backup_id)
        values = codec.decode(string)
        old = self.release in ('2014.1', '2015.1', '7.0')
        self.assertEqual(old, '\n' in string)
        self.assert_created(
            self.post_record(string, service=values['service'])
        )
        row = self.backup_row(backup_id)
        self.assertEqual('available', row['status'])
        # Module path or class path, the row has the driver's of today.
        self.assertEqual(samples.POSIX, row['service'])
        self.assertEqual(values['display_name'], row['display_name'])
        self.assertEqual(values['size'], row['size'])
        self.assertIsNotNone(row['data_timestamp'])
