"""A small stand-in for the loop that the platform starts in a container: runs the script it is sent, once a command."""
import json
import os
import sys
import traceback
import uuid


class Demisto:
    """What a script finds as `demisto`."""

    def __init__(self, calling_context):
        self.callingContext = calling_context

    def tell(self, **message):
        sys.stdout.write(json.dumps(message) + '\n')
        sys.stdout.flush()

    def ask(self, **message):
        self.tell(**message)
        answer = sys.stdin.readline()
        if answer.startswith('$$##'):
            raise ValueError(answer[4:].strip())
        return json.loads(answer)

    def of_context(self, name):
        return self.callingContext.get('context', {}).get(name)

    def command(self):
        return self.callingContext['command']

    def args(self):
        return self.callingContext.get('args', {})

    def params(self):
        return self.callingContext.get('params', {})

    def investigation(self):
        return self.of_context('Inv')

    def integrationInstance(self):
        return self.of_context('IntegrationInstance')

    def uniqueFile(self):
        return str(uuid.uuid4())

    def getIntegrationContext(self):
        return self.ask(type='executeCommand', command='getIntegrationContext', args={})

    def getFilePath(self, entry_id):
        return self.ask(type='executeCommand', command='getFilePath', args={'id': entry_id})

    def unifiedConnectorMetadata(self):
        return self.of_context('UnifiedConnectorMetadata') or {}

    def getUCPCredentials(self, method_unique_id, from_cache=True, body=None):
        return self.ask(type='executeCommand', command='getUCPCredentials', args={'method_unique_id': method_unique_id})

    def setIntegrationContext(self, value):
        return self.ask(type='executeCommand', command='setIntegrationContext', args={'value': value})

    def debug(self, *words):
        self.ask(type='log', command='debug', args={'args': list(words)})

    def info(self, *words):
        self.ask(type='log', command='info', args={'args': list(words)})

    def error(self, *words):
        self.ask(type='log', command='error', args={'args': list(words)})

    def results(self, results):
        self.tell(type='result', results=results if isinstance(results, list) else [results])


environment = dict(os.environ)
for line in iter(sys.stdin.readline, ''):
    if line.strip() == 'ping':
        Demisto({}).tell(type='pong')
        continue
    call = json.loads(line)
    demisto = Demisto(call)
    try:
        exec(compile(call.pop('script', ''), '<script>', 'exec'), {'demisto': demisto})
    except Exception:
        demisto.tell(type='exception', args={'exception': traceback.format_exc()})
    os.environ = dict(environment)  # a plain dict, as in the platform's own loop
    demisto.tell(type='completed')
    if call.get('native'):
        break
