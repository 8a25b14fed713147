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

"""The command ``cinder-backup-meta-status``, beside a control plane."""

import json
import os
import sys

from cinder_backup_meta.tests.functional import cloud as cloud_module
from cinder_backup_meta.tests.functional import process

_FAILURE = 2


def fails(cloud, check):
    """Return whether the command finds that a check fails.

    :param cloud: the control plane with the configuration
    :param check: the name of the check
    """
    program = os.path.join(
        os.path.dirname(sys.executable), 'cinder-backup-meta-status'
    )
    config = cloud.path('cinder.conf')
    done = process.call(
        [program, '--config-file', config, 'upgrade', 'check', '--json'],
        cloud_module.TIMEOUT,
        None,
    )
    [result] = [
        found['result']
        for found in json.loads(done.stdout)['checks']
        if found['check'] == check
    ]
    return result == _FAILURE
