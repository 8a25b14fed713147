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

"""Options that the plugin adds to tempest.conf."""

from oslo_config import cfg

backup_meta_group = cfg.OptGroup(
    name='backup_meta', title='Tests of cinder-backup-meta'
)

BackupMetaGroup = [
    cfg.BoolOpt(
        'required',
        default=False,
        help='Whether the absence of the extension backup-records from Cinder '
        'is a failure. By default it is not: the tests are skipped then, as '
        'is usual for extensions. Set it to true where the plugin is meant '
        'to be installed, so that a broken installation is noticed.',
    ),
    cfg.StrOpt(
        'volume_path',
        help='Where the tests find the data of a volume: the path of a file '
        'or of a block device with VOLUME_ID in it, which the id of the '
        'volume takes the place of, such as '
        '/var/lib/cinder/volumes/volume-VOLUME_ID. The tests run without a '
        'guest: with this option they write into the volumes that they make '
        'and read back what was restored. Unset, only the status and the size '
        'of a restored volume are compared.',
    ),
    cfg.StrOpt(
        'lose_command',
        help="A command that loses backups as a lost database does: it "
        "deletes their rows from the tables backups and backup_metadata of "
        "Cinder's database, behind Cinder's back, and leaves their data. The "
        'ids of the backups are appended to it as arguments. It is split as a '
        'shell does it and not run by a shell. Only backups that the tests '
        'have made are named. Unset, the tests of the recovery of lost '
        'backups are skipped: the REST API has no way to lose one.',
    ),
]
