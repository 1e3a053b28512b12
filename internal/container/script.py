"""Hands a command to `msgraph-user serve`, which stays for the next ones of this container."""
import binascii
import json
import os
import subprocess
import sys

PROGRAM = os.environ.get('MSGRAPH_USER_BIN') or 'msgraph-user'
HELLO = {'id': 0, 'method': 'initialize', 'params': {'capabilities': {'integrationContext': True, 'log': True}}}


def converse(server, call):
    """Returns the server's answer, and answers what it asks meanwhile; None where it was gone before it took the call."""
    greeted = False
    try:
        send(server, HELLO, call)
        for line in server.stdout:
            message = json.loads(line)
            if 'method' in message:
                take(server, message)
            elif message['id'] != 0:
                return message
            greeted = True
    except BrokenPipeError:
        pass
    except BaseException:
        server.kill()  # nobody can tell any more what it says to which command
        raise
    if greeted:
        raise EOFError('%s ended before it answered (exit status %s). If the command changes anything, look whether it '
                       'did before you run it again.' % (PROGRAM, server.wait()))


def send(server, *messages):
    server.stdin.write(''.join(json.dumps({'jsonrpc': '2.0', **message}) + '\n' for message in messages).encode())
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
            return error('The command was carried out, but its file %s could not be handed to the platform: %s. What the '
                         'command made is there all the same: remove it, give the container a working directory that it can '
                         'write to, and run the command again.' % (entry['File'], e))
    return entry


def error(text):
    return {'Type': 4, 'ContentsFormat': 'text', 'Contents': text}


def run():
    """Runs the command and returns its entries."""
    context = demisto.callingContext.get('context', {})  # its incidents can be megabytes, and no command reads them
    call = {'id': 1, 'method': demisto.command(), 'params': {
        'args': demisto.args(), 'params': demisto.params() or None,
        'context': {name: context[name] for name in ('Inv', 'IntegrationInstance') if name in context}}}
    answer = hasattr(sys, 'msgraph_user') and converse(sys.msgraph_user, call)
    if not answer:
        sys.msgraph_user = subprocess.Popen([PROGRAM, 'serve'], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        answer = converse(sys.msgraph_user, call)
    if not answer:
        raise EOFError('%s ended at once (exit status %s).' % (PROGRAM, sys.msgraph_user.wait()))
    if 'error' in answer:
        return [error(answer['error']['message'])]
    return [handed_over(entry) for entry in answer['result']['entries']]


try:
    demisto.results(run())
except OSError as e:
    demisto.results(error('%s cannot be started: %s. Use the image that has it, or let MSGRAPH_USER_BIN name it.' % (PROGRAM, e)))
except Exception as e:
    demisto.results(error(str(e)))
