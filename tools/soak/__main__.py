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

"""Many clients, and a cinder-backup that is killed every minute.

In the end catalog, backups, quota and backup repository have to agree, which
``cinder-backup-meta-manage check`` is asked.
"""

import argparse
import random
import sys
import threading
import time

from cinder_backup_meta.tests.fullstack import programs
from tools.soak import client
from tools.soak import killing
from tools.soak import losing
from tools.soak import settling
from tools.soak import tally

HOSTS = ('backup-1', 'backup-2')

_CONFIG = {
    'DEFAULT': {
        'quota_backups': -1,
        'quota_backup_gigabytes': -1,
        'quota_volumes': -1,
        'quota_gigabytes': -1,
        'periodic_interval': 5,
        'periodic_fuzzy_delay': 0,
        # What a process leaves reserved when it dies goes in this time.
        'reservation_expire': 60,
        # A host that was killed is not to get what others could do.
        'report_interval': 2,
        'service_down_time': 10,
    },
    'backup_meta_catalog': {
        'capture_interval': 2,
        'comparison_interval': 20,
    },
}


def _parser():
    parser = argparse.ArgumentParser(
        prog='tox -e soak --', description=__doc__.splitlines()[0]
    )
    add = parser.add_argument
    add('--minutes', type=float, default=30)
    add('--clients', type=int, default=8)
    add('--seed', type=int, help='of all choices; told if it is not given')
    add(
        '--kill-interval',
        type=float,
        default=60,
        metavar='SECONDS',
        help='between two kills (default: %(default)s)',
    )
    return parser


def _say(line):
    print(f'{time.strftime("%H:%M:%S")} {line}', flush=True)


def _soak(plane, database, options, counts):
    """Run all of them for the given time; return the errors."""
    stop, stop_killing = threading.Event(), threading.Event()
    clients = [
        client.Client(number, plane, database, counts, options.seed, stop)
        for number in range(options.clients)
    ]
    killer = killing.Killer(
        plane,
        HOSTS,
        counts,
        options.seed,
        stop_killing,
        options.kill_interval,
    )
    for thread in (*clients, killer):
        thread.start()
    deadline = time.monotonic() + 60 * options.minutes
    while time.monotonic() < deadline:
        time.sleep(min(60, max(0, deadline - time.monotonic())))
        _say(
            f'operations {sum(counts.done.values())}, kills '
            f'{sum(counts.kills.values())}, errors '
            f'{sum(counts.errors.values())}'
        )
    # The clients bring back what they have lost, with hosts that live.
    stop_killing.set()
    killer.join()
    stop.set()
    for thread in clients:
        thread.join(600)
    stuck = [thread.name for thread in clients if thread.is_alive()]
    return [f'{name} does not end' for name in stuck] + (
        [str(killer.error)] if killer.error else []
    )


def main(argv=None):
    """Run it; return 0 if all agrees in the end."""
    options = _parser().parse_args(argv)
    if missing := programs.missing():
        print(f'soak: {missing}')
        return 1
    from cinder_backup_meta.tests.fullstack import control_plane
    from cinder_backup_meta.tests.fullstack import servers

    if options.seed is None:
        options.seed = random.SystemRandom().randrange(2**32)
    _say(
        f'{options.clients} clients for {options.minutes} minutes, seed '
        f'{options.seed}'
    )
    counts = tally.Tally()
    with control_plane.ControlPlane(
        servers.shared(), volumes=True, backup_hosts=HOSTS, config=_CONFIG
    ) as plane:
        database = losing.Database(plane.url)
        broken = _soak(plane, database, options, counts)
        _say('all clients have ended; tidying up')
        agrees = settling.Operator(plane, database, counts, _say).run()
        [left] = database.select(
            'SELECT count(*) AS number FROM backups WHERE NOT deleted'
        )
    print('\n'.join(counts.lines()))
    print(f'backups in the end: {left.number}')
    for line in broken + counts.unexpected:
        print(f'unexpected: {line}')
    passed = agrees and not broken and not counts.unexpected
    print(f'verdict: {"all agree" if passed else "FAILED"}')
    return 0 if passed else 1


if __name__ == '__main__':
    sys.exit(main())
