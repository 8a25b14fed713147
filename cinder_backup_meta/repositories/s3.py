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

"""Backups in Amazon S3 and in storage with a compatible API."""

from collections.abc import Iterator
import contextlib
import re

from cinder.backup.drivers import s3
from oslo_config import cfg

from cinder_backup_meta.formats import json_stream
from cinder_backup_meta.repositories import naming
from cinder_backup_meta.repositories import object_store

CONF = cfg.CONF

_GONE = frozenset(('NoSuchBucket', 'NoSuchKey'))

# Wider than the rules of Amazon for new buckets, because old buckets and those
# of other storage need it; but no ARN, which could name another account's.
_BUCKET = re.compile('[A-Za-z0-9][A-Za-z0-9._-]{2,254}')


class S3Repository(object_store.ObjectStoreRepository):
    """The buckets that the driver's key can open.

    All threads share one connection, for a boto3 client is thread-safe.
    """

    def _check_container(self, container: str) -> None:
        if not _BUCKET.fullmatch(container) or '..' in container:
            raise naming.refusal(
                'container',
                'must be the name of an S3 bucket: 3 or more letters, '
                'digits, ".", "_" and "-", the first a letter or a digit, '
                'without ".."',
            )

    def _list(self, container: str, prefix: str) -> Iterator[tuple[str, int]]:
        pages = self.driver.conn.get_paginator('list_objects_v2')
        for page in pages.paginate(Bucket=container, Prefix=prefix):
            for entry in page.get('Contents', ()):
                yield entry['Key'], entry['Size']

    @contextlib.contextmanager
    def _open(
        self, container: str, name: str
    ) -> Iterator[json_stream.Readable]:
        answer = self.driver.conn.get_object(
            Bucket=container, Key=name, **_encryption()
        )
        with contextlib.closing(answer['Body']) as body:
            yield body

    def _is_gone(self, error: Exception) -> bool:
        return (
            isinstance(error, s3.boto_exc.ClientError)
            and error.response['Error']['Code'] in _GONE
        )


def _encryption() -> dict[str, str]:
    """Return what a request for an object needs, as of the driver's reader."""
    algorithm = CONF.backup_s3_sse_customer_algorithm
    key = CONF.backup_s3_sse_customer_key
    if not (algorithm and key):
        return {}
    return {'SSECustomerAlgorithm': algorithm, 'SSECustomerKey': key}
