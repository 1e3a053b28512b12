"""Hands a command to `msgraph-user serve`, which stays for the next ones of this container."""
import binascii
import json
import os
import subprocess
import sys

PROGRAM = os.environ.get('MSGRAPH_USER_BIN') or 'msgraph-user'
HELLO = {'capabilities': {'integrationContext': True, 'log': True}}


def request(method, params):
    """Returns the server's answer, and answers what it asks meanwhile. One that fails in between is not used again."""
    server = sys.msgraph_user
    try:
        send(server, {'id': 1, 'method': method, 'params': params})
        for line in server.stdout:
            message = json.loads(line)
            if 'method' in message:
                take(server, message)
            elif message['id'] in (1, None):  # null: it could not make out the request
                return message
        raise BrokenPipeError
    except BrokenPipeError:
        raise EOFError('%s ended before it answered %s (exit status %s). If that changes anything, look whether it did '
                       'before you run it again.' % (PROGRAM, method, server.wait()))
    except BaseException:
        server.kill()
        raise


def send(server, message):
    server.stdin.write(json.dumps({'jsonrpc': '2.0', **message}).encode() + b'\n')
    server.stdin.flush()


def take(server, message):
    """Passes the server's log on, and asks the platform what the server asks."""
    method, params = message['method'], message['params']
    answer = {'id': message.get('id')}
    try:
        if method == 'log':
            getattr(demisto, params['level'], demisto.info)(params['message'])
        elif params.get('instance', '') != (demisto.integrationInstance() or ''):
            raise ValueError('this is a command of another instance')
        elif method == 'getIntegrationContext':
            answer['result'] = demisto.getIntegrationContext()
        elif method == 'setIntegrationContext':
            answer['result'] = demisto.setIntegrationContext(params['value'])
    except ValueError as e:
        answer['error'] = {'code': -32603, 'message': str(e)}
    if 'id' in message:
        send(server, answer)


def handed_over(entry):
    """Returns the entry as the platform takes it: a file's bytes are put into the working directory."""
    if entry['Type'] == 3:
        entry.update(Contents='', FileID=demisto.uniqueFile())
        try:
            with open('%s_%s' % (demisto.investigation()['id'], entry['FileID']), 'wb') as f:
                f.write(binascii.a2b_base64(entry.pop('FileData', '')))
        except OSError as e:
            return error('The command was carried out, but its file %s could not be handed to the platform: %s. Give the '
                         'container a working directory that it can write to, and run the command again.' % (entry['File'], e))
    return entry


def error(text):
    return {'Type': 4, 'ContentsFormat': 'text', 'Contents': text}


def serve():
    """Sees to it that there is a server which answers: the last command's, unless it died since, or a new one."""
    try:
        return request('initialize', HELLO)
    except (AttributeError, EOFError):
        pass
    try:
        sys.msgraph_user = subprocess.Popen([PROGRAM, 'serve'], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    except OSError as e:
        raise RuntimeError('%s cannot be started: %s. Use the image that has it, or let MSGRAPH_USER_BIN name it.' % (PROGRAM, e))
    return request('initialize', HELLO)


def run():
    """Runs the command and returns its entries."""
    context = demisto.callingContext.get('context', {})  # its incidents can be megabytes, and no command reads them
    answer = request(demisto.command(), {'args': demisto.args(), 'params': demisto.params() or None, 'context': {
        name: context[name] for name in ('Inv', 'IntegrationInstance') if name in context}})
    if 'error' in answer:
        return [error(answer['error']['message'])]
    return [handed_over(entry) for entry in answer['result']['entries']]


try:
    serve()
    demisto.results(run())
except Exception as e:
    demisto.results(error(str(e)))
