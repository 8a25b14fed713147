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

"""Records of backups travel in a bundle."""

import os
import tempfile

from keystoneauth1 import session
from keystoneauth1 import token_endpoint
from tempest import config
from tempest.lib import decorators

from cinder_backup_meta.client import bundle
from cinder_backup_meta.client import exports
from cinder_backup_meta.client import imports
from cinder_backup_meta.client import rest
from cinder_backup_meta.tests.tempest.tests import base

CONF = config.CONF


class BundleTest(base.BackupRecordsTestCase):
    """By the library for Python, which the commands are made of."""

    def setUp(self):
        super().setUp()
        client = self.records_client
        verify = not CONF.identity.disable_ssl_certificate_validation
        if verify and CONF.identity.ca_certificates_file:
            verify = CONF.identity.ca_certificates_file
        self.cloud = rest.Records(
            session.Session(
                auth=token_endpoint.Token(client.base_url, client.token),
                verify=verify,
            )
        )
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, 'cloud.bundle.zst')

    def _import(self, **options):
        report = imports.import_bundle(
            self.cloud, self.path, owner='record', page_size=1, **options
        )
        self.assertEqual([], report.refused)
        return report.total

    def _assert_counts(self, found, created=0, unchanged=0):
        self.assertEqual(
            (created, unchanged, 0),
            (found['created'], found['unchanged'], found['refused']),
        )

    @decorators.idempotent_id('e083f22b-02ba-405f-b975-c19eee6053ec')
    def test_bundle(self):
        """A chain is exported, forgotten, imported and restored.

        A record a page, so that the plan of a page has to know of the page
        before. The plan says what happens then, and nothing happens by it.
        """
        volume, ids = self.create_chain()
        result = exports.export_bundle(
            self.cloud, self.path, page_size=1, volume_id=volume['id']
        )
        self.assertEqual(len(ids), result.records)
        self.assertEqual([], result.omitted)
        self.assertEqual([], result.unreadable)
        with bundle.read(self.path) as found:
            self.assertEqual(ids, [entry.id for entry in found.entries()])
        self._assert_counts(self._import(dry_run=True), unchanged=len(ids))
        self.forget(*ids)
        plan = self._import(dry_run=True)
        self._assert_counts(plan, created=len(ids))
        size = len(ids) * volume['size']
        self.assertEqual(
            {
                self.backups_client.project_id: {
                    'backups': len(ids),
                    'gigabytes': size,
                }
            },
            plan['projects'],
        )
        self.assert_gone(*ids)
        self.assertEqual(plan, self._import())
        self.assert_available(*ids)
        self._assert_counts(self._import(), unchanged=len(ids))
        self.assert_restored(volume, self.restore(ids[1]))
