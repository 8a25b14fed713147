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

"""The client at the operator's workstation: backup records without Cinder.

A session of keystoneauth and calls go in; records, reports and bundles come
out. It runs where neither Cinder nor a database is installed: in the programs
``cinder`` and ``openstack``, and in scripts::

    from cinder_backup_meta.client import exports
    from cinder_backup_meta.client import imports
    from cinder_backup_meta.client import rest

    cloud = rest.Records(session, region_name='RegionOne')
    for record in cloud.list(state='missing'):
        print(record['id'], record['name'])

    result = exports.export_bundle(cloud, 'cloud.bundle.zst')
    print(result.records, 'records,', len(result.omitted), 'left out')

    plan = imports.recover(cloud, dry_run=True)
    print(plan.total['created'], 'would be created')
    report = imports.recover(cloud)
    for refusal in report.refused:
        print(refusal['id'], refusal['reason'], refusal['detail'])

:class:`~cinder_backup_meta.client.rest.Records` has the REST calls, one
method each. :mod:`~cinder_backup_meta.client.exports` and
:mod:`~cinder_backup_meta.client.imports` have the operations that take many
calls, and :mod:`~cinder_backup_meta.client.bundle` reads and writes the files.
All errors are exceptions of :mod:`~cinder_backup_meta.client.errors`.

``cli`` has what the commands of both programs share; ``cinder`` and ``osc``
have what belongs to one of them.
"""
