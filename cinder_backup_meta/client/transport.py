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

"""Requests to Cinder, and its errors as exceptions."""

import json
import re
import typing

from keystoneauth1 import adapter
from keystoneauth1 import exceptions as keystone_exceptions
from keystoneauth1 import session as keystone_session
import requests

from cinder_backup_meta.client import errors

SERVICE_TYPE = 'block-storage'

_CODE = re.compile(r'\[([a-z0-9_]+)\]$')
_REQUEST_ID = 'x-openstack-request-id'


class Transport:
    """Sends requests through keystoneauth.

    keystoneauth renews an expired token, if the credentials can be used again.

    :param client: a session of keystoneauth, or an adapter that knows the
        service, such as ``connection.block_storage`` of openstacksdk
    :param options: with a session, the arguments of the adapter to create,
        such as ``region_name``, ``interface`` or ``endpoint_override``
    """

    def __init__(self, client: typing.Any, **options: typing.Any) -> None:
        if isinstance(client, keystone_session.Session):
            options.setdefault('service_type', SERVICE_TYPE)
            client = adapter.Adapter(client, **options)
        self._client = client

    def endpoint(self) -> str | None:
        """Return the URL of the service.

        :raises Unreachable: if it cannot be determined
        """
        try:
            return typing.cast(str | None, self._client.get_endpoint())
        except keystone_exceptions.ClientException as error:
            raise errors.Unreachable(str(error)) from error

    def get(self, path: str, **query: typing.Any) -> typing.Any:
        """Return the answer to a GET.

        :param query: the parameters; those of None are left out
        :raises RequestFailed: if anything goes wrong; Unreachable if there is
            no answer from Cinder
        """
        params = {
            name: value for name, value in query.items() if value is not None
        }
        return self._ask(path, 'GET', params=params)

    def post(self, path: str, body: typing.Any) -> typing.Any:
        """Return the answer to a POST.

        :raises RequestFailed: as for :meth:`get`
        """
        headers = {'Content-Type': 'application/json'}
        data = json.dumps(body).encode('ascii')
        return self._ask(path, 'POST', data=data, headers=headers)

    def _ask(
        self, path: str, method: str, **arguments: typing.Any
    ) -> typing.Any:
        try:
            # Records are too long for the log, and may not be for its readers.
            response = self._client.request(
                path, method, raise_exc=False, log=False, **arguments
            )
        except keystone_exceptions.HttpError as error:
            # Only the request to Keystone for a token raises this.
            raise errors.Unreachable(
                str(error.message or error),
                status=error.http_status,
                request_id=error.request_id,
            ) from error
        except keystone_exceptions.ClientException as error:
            raise errors.Unreachable(str(error)) from error
        if response.status_code >= 400:
            raise _failure(response)
        return _content(response)


def _content(response: requests.Response) -> typing.Any:
    try:
        content = json.loads(response.content)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise errors.Unreachable(
            'the answer is not from Cinder: it is not a JSON object',
            status=response.status_code,
        )
    return content


def _failure(response: requests.Response) -> errors.RequestFailed:
    text = _text(response) or response.reason or 'no reason was given'
    code = _CODE.search(text)
    kind = (
        errors.Unreachable
        if response.status_code >= 500
        else errors.RequestFailed
    )
    return kind(
        text,
        code=code[1] if code else None,
        status=response.status_code,
        request_id=response.headers.get(_REQUEST_ID),
    )


def _text(response: requests.Response) -> str | None:
    """Return the message of an error, in any form that Cinder uses."""
    try:
        body = json.loads(response.content)
    except ValueError:
        return None
    # {"badRequest": {"message": ..., "code": 400}}, or the middleware's
    # {"message": ..., "code": ...}.
    inner = body
    if isinstance(body, dict) and 'message' not in body and len(body) == 1:
        [inner] = body.values()
    message = inner.get('message') if isinstance(inner, dict) else None
    return message if isinstance(message, str) else None
