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

"""The client of the resource ``backup-records``."""

from urllib import parse

from oslo_serialization import jsonutils as json
from tempest.lib.common import rest_client
from tempest.lib.services.volume import base_client

from cinder_backup_meta.tests.tempest.services import schemas

PATH = 'backup-records'


class BackupRecordsClient(base_client.BaseClient):
    """The plugin's REST calls, one method each.

    ``doc/source/user/rest.rst`` describes what they take and answer with. An
    answer that has another form than there is an error.
    """

    def list_records(self, detail=False, **params):
        """List the records in the catalog."""
        path = f'{PATH}/detail' if detail else PATH
        schema = schemas.LIST_DETAIL if detail else schemas.LIST
        return self._get(path, schema, params)

    def show_record(self, backup_id):
        """Show one record of the catalog."""
        return self._get(f'{PATH}/{backup_id}', schemas.SHOW)

    def show_status(self):
        """Show how well the catalog keeps up."""
        return self._get(f'{PATH}/status', schemas.STATUS)

    def export_records(self, **params):
        """Export a page of records."""
        return self._get(f'{PATH}/export', schemas.EXPORT, params)

    def import_record(self, backup_url, **options):
        """Import one record."""
        body = {'backup_record': {'backup_url': backup_url, **options}}
        return self._post(f'{PATH}/import', schemas.IMPORT_ONE, body)

    def import_records(self, records, **options):
        """Import a page of records."""
        body = {'backup_records': {'records': records, **options}}
        return self._post(f'{PATH}/import', schemas.IMPORT_MANY, body)

    def recover_records(self, **options):
        """Recover a page of the catalog."""
        body = {'recover': options}
        return self._post(f'{PATH}/recover', schemas.RECOVER, body)

    def release_record(self, backup_id):
        """Let a retained backup's data go with the backup again."""
        body = {'release': None}
        return self._post(f'{PATH}/{backup_id}/action', schemas.RELEASE, body)

    def _get(self, path, schema, params=None):
        if params:
            path = f'{path}?{parse.urlencode(params)}'
        return self._answer(schema, *self.get(path))

    def _post(self, path, schema, body):
        return self._answer(schema, *self.post(path, json.dumps(body)))

    def _answer(self, schema, response, body):
        body = json.loads(body)
        self.validate_response(schema, response, body)
        return rest_client.ResponseBody(response, body)
