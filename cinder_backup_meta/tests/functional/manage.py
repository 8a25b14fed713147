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

"""``cinder-backup-meta-manage``, run as an operator runs it."""

import os
import sys

from cinder_backup_meta.tests.functional import process

TIMEOUT = 600


def run(cloud, *arguments, codes=None):
    """Run it with the configuration of a control plane, whatever it says.

    :param codes: the exit codes that it may end with; None: any
    """
    program = os.path.join(
        os.path.dirname(sys.executable), 'cinder-backup-meta-manage'
    )
    return process.call(
        [program, '--config-file', cloud.path('cinder.conf'), *arguments],
        TIMEOUT,
        codes,
    )


def manage(cloud, *arguments):
    """Run it with the configuration of a control plane.

    :returns: its output
    """
    done = run(cloud, *arguments, codes=(0,))
    if done.stderr:
        raise AssertionError(f'{" ".join(arguments)} said: {done.stderr}')
    return done.stdout
