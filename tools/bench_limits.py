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

"""What the worst records cost: time and memory at the bounds of the codec.

``python tools/bench_limits.py`` reads documents made to be slow, each as large
as one of the codec's bounds allows, and prints the longest of several readings
in milliseconds of the processor's time, and the most memory that one took.
"""

import base64
import json
import sys
import time
import tracemalloc

from cinder_backup_meta import exception
from cinder_backup_meta.record import codec
from cinder_backup_meta.record import limits
from cinder_backup_meta.tests import samples

READINGS = 20
ROOM = limits.MAX_RECORD_LENGTH // 4 * 3
MOST = limits.MAX_CONTAINERS - 100


def documents() -> dict[str, str]:
    """Return JSON texts by what is slow about them."""
    return {
        'small values, 1 MiB': '[' + '1,' * (ROOM // 2 - 1),
        'small objects, 1 MiB': '[' + '{},' * (ROOM // 3 - 1),
        'nested lists, 1 MiB': '[' * ROOM,
        'long number': '9' * ROOM,
        'white space': json.dumps(samples.record()) + ' ' * (ROOM - 2000),
        'duplicate keys': '{' + '"a":1,' * MOST + '"a":1}',
        'nested lists': '[' * MOST + ']' * MOST,
        'unknown fields': _unknown(),
        'long string': _within('a' * (ROOM - 2000)),
        'long string, not ASCII': _within('\U0001f4be' * (ROOM // 4 - 500)),
        'long string of escapes': _within('\\n' * (ROOM // 2 - 1000)),
        'numbers': _driver_info('1.2345678901234567e-300,' * MOST + '1'),
        'objects': _driver_info('{},' * (MOST // 2) + '1'),
        'deep objects': _driver_info('[[[[[1]]]]],' * (MOST // 6) + '1'),
        'metadata': _metadata('a' * 30),
        'metadata, not ASCII': _metadata('\xe4' * 10),
    }


def _unknown() -> str:
    return json.dumps({f'{number:032}': 1 for number in range(MOST)})


def _driver_info(values: str) -> str:
    record = json.dumps(samples.record(driver_info=[]))
    return record.replace('[]', f'{{"a": [{values}]}}')


def _within(text: str) -> str:
    return _driver_info(f'"{text}"')


def _metadata(value: str) -> str:
    metadata = {f'key-{number}': value for number in range(MOST)}
    return json.dumps(samples.record(metadata=metadata), ensure_ascii=False)


def read(string: str) -> str:
    """Return what came of reading: a reason code, or that it was accepted."""
    try:
        codec.decode(string)
    except exception.RecordRefused as refused:
        return str(refused.code)
    return 'accepted'


def longest(string: str) -> float:
    """Return the seconds of the slowest of several readings."""
    times = []
    for _ in range(READINGS):
        start = time.process_time()
        read(string)
        times.append(time.process_time() - start)
    return max(times)


def peak(string: str) -> int:
    """Return the bytes that one reading had allocated at the most."""
    tracemalloc.start()
    read(string)
    size = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return size


def main() -> int:
    """Read all of them and print the table."""
    print(f'{"document":<24}{"ms":>8}{"MiB":>8}  outcome')
    for what, text in documents().items():
        string = base64.b64encode(text.encode()).decode('ascii')
        print(
            f'{what:<24}{longest(string) * 1e3:>8.1f}'
            f'{peak(string) / 2**20:>8.1f}  {read(string)}'
        )
    return 0


if __name__ == '__main__':
    sys.exit(main())
