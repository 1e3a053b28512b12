"""Hands a command to `msgraph-user serve`, which stays for the next ones of this container."""
import binascii
import json
import os
import subprocess
import sys

PROGRAM = os.environ.get('MSGRAPH_USER_BIN') or 'msgraph-user'
UNBOUNDED = ('ExecutionContext', 'Incidents', 'ParentEntry')  # of the calling context: megabytes that no command reads


def serve():
    """Sees to it that there is a server that answers, the last command's or a new one."""
    hello = {'capabilities': {'integrationContext': True, 'log': True}}
    try:
        if hasattr(sys, 'msgraph_user'):
            return request('initialize', hello)
    except EOFError:
        pass  # it died since
    try:
        sys.msgraph_user = subprocess.Popen([PROGRAM, 'serve'], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    except OSError as e:
        raise RuntimeError('%s cannot be started: %s. Use the image that has it, or let MSGRAPH_USER_BIN name it.' % (PROGRAM, e))
    return request('initialize', hello)


def request(method, params):
    """Returns the server's answer, and answers what it asks meanwhile. One that fails in between is not used again."""
    server = sys.msgraph_user
    try:
        send(server, id=1, method=method, params=params)
        for line in iter(server.stdout.readline, b''):
            message = json.loads(line)
            if 'method' in message:
                take(server, message)
            elif message['id'] in (1, None):  # null: it could not make out the request
                return message
        raise BrokenPipeError
    except BrokenPipeError:
        raise EOFError('%s ended before it answered (exit status %s).' % (PROGRAM, server.wait()))
    except BaseException:
        server.kill()
        raise


def send(server, **message):
    server.stdin.write(json.dumps(dict(message, jsonrpc='2.0')).encode() + b'\n')
    server.stdin.flush()


def take(server, message):
    """Answers a request of the server, and passes its log on."""
    method, params = message['method'], message['params']
    if method == 'log':
        getattr(demisto, params['level'], demisto.info)(params['message'])
    if 'id' not in message:
        return
    try:
        if params['instance'] != (demisto.integrationInstance() or ''):
            raise ValueError('this is a command of another instance')
        elif method == 'getIntegrationContext':
            send(server, id=message['id'], result=demisto.getIntegrationContext())
        else:
            send(server, id=message['id'], result=demisto.setIntegrationContext(params['value']))
    except ValueError as e:
        send(server, id=message['id'], error={'code': -32603, 'message': str(e)})


def handed_over(entry):
    """Returns the entry as the platform takes it: a file's bytes are put into the working directory."""
    if entry['Type'] != 3:
        return entry
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


def main():
    serve()
    context = {k: v for k, v in demisto.callingContext.get('context', {}).items() if k not in UNBOUNDED}
    try:
        answer = request(demisto.command(), {'args': demisto.args(), 'params': demisto.params() or None, 'context': context})
    except EOFError as e:
        raise RuntimeError('%s If the command changes anything, look whether it did before you run it again.' % e)
    if 'error' in answer:
        raise RuntimeError(answer['error']['message'])
    if answer['result']['entries']:
        demisto.results([handed_over(entry) for entry in answer['result']['entries']])


try:
    main()
except Exception as e:
    demisto.results(error(str(e)))
