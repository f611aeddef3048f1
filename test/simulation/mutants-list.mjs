/** Fifty ways to break the hosts. `file` is in src/api, and has `from` once; `to` is what stands there instead. */

/** @type {readonly { file: string, what: string, from: string, to: string }[]} */
export const mutants = [
  ...of('server/ConnectionHost.ts', [
    ['a connection that is closed leaves its requests open', '        exchanges.abandon();\n', ''],
    ['a connection that is closed is not freed', '        this.free();\n        exchanges', '        exchanges'],
    ['responses do not hear that the socket has drained', 'this.exchanges.drained();', ''],
    ['a socket that was paused for a queue is not resumed', 'this.gate.open(PIPELINE);', ''],
    ['the next response does not get the socket', 'exchanges.attachOldest();', ''],
    ['the end of a request is not sent to the machine', 'this.send(events.complete);', ''],
    ['a request that is cut goes on', '        exchanges.cut();\n', ''],
    ['the server keeps connections that are over', '    this.server._forget(this);\n', ''],
    ['what the server responds to itself has no response', 'exchanges.respond(emission.status, emission.closes);', ''],
    ['100 Continue is not sent', 'exchanges.continue();', ''],
    ['a socket that was handed over is listened to', '    this.unsubscribe();\n', ''],
    ['what came with an upgrade is lost', '    this.gatherRest();\n', ''],
  ]),
  ...of('server/Exchanges.ts', [
    ['turns are counted on', '    this.turn--;\n', ''],
    ['the turn is not passed', '    this.turn++;\n', ''],
    ['the first response does not get the socket', '    if (isOldest) this.attach(response);\n', ''],
    ['the last response does not end the connection', "this.host.send({ type: 'response.last' });", ''],
    ['responses do not hear of FIN', '    for (const response of this.responses) hostOf(response).shut();\n', ''],
    ['responses do not close', '    carryOut(this.closeAll, this as Exchanges, open, undefined);\n', ''],
    ['requests do not hear that they were responded to', 'hostOfRequest(request).responseFinished(response);', ''],
    ['a socket that was handed over keeps a listener', "    this.host.socket.off('close', closeResponses);\n", ''],
    ['the wrong response hears of the drained socket', 'Math.min(this.turn, this.responses.length - 1)', '0'],
  ]),
  ...of('message/OutgoingHost.ts', [
    ['no tick is sent', '        atTurnEnd(sendTick, this);\n', ''],
    ['a response keeps its connection', '        this.owner?.released(message);\n', ''],
    [
      'callbacks of end() are not called',
      '        this.callbacks?.end(null);\n        this.writer',
      '        this.writer',
    ],
    ['callbacks are not called when a message closes', '        this.failCallbacks();\n', ''],
    ['a response that has ended keeps its turn', '        this.owner?.passTurn();\n', ''],
    [
      'the connection goes on after its last response',
      "      case 'io.last':\n        this.endConnection();\n",
      "      case 'io.last':\n",
    ],
    [
      'a late write() has no callback',
      '    atTurnEnd(rejectLateCall, { host: this, callback: this.owe(given, error), error, because });\n',
      '',
    ],
  ]),
  ...of('message/Outlet.ts', [
    ['a full socket stops nobody', '    if (!last && !isPart && !this.goesOn) this.full();\n', ''],
    ['the head is sent with each piece', '      message._headerSent = true;\n', ''],
    ['the last chunk lacks its end', 'message._trailer}\\r\\n`', 'message._trailer}`'],
    ['what is kept is lost', '    message.outputData.push(piece);\n', ''],
  ]),
  ...of('message/IncomingHost.ts', [
    ['a message has no end', '=> message.push(null);', '=> undefined;'],
    ['a socket that was paused for a reader is not resumed', 'this.gate?.open(READER);', ''],
    [
      'a message that is destroyed does not close',
      "      case 'io.close':\n        if (this.done !== undefined) atTurnEndUnseen(finish, this as IncomingHost);\n",
      "      case 'io.close':\n",
    ],
  ]),
  ...of('client/ClientConnectionHost.ts', [
    ['a connection that is to be destroyed stays', '        this.socket.destroy();\n', ''],
    ['a connection that is free is not given back', '        this.emitFree();\n', ''],
    ['the agent keeps a connection that has ended', '        forward(this.socket, emission.type);\n', ''],
    ['the request does not hear that its response is whole', '        request.completed();\n', ''],
    ['listeners of timeouts stay on the socket', '    ignoreTimeouts(message, socket);\n', ''],
  ]),
  ...of('client/RequestHost.ts', [
    [
      'a request that is destroyed stays in the queue',
      '        record.through(record.AGENT, undefined, () => message.agent?.[withdraw]?.(message));\n',
      '',
    ],
    ['a request is not sent again', '        this.retry();\n', ''],
    [
      'the response does not hear that its request is aborted',
      '        message.res?.[own].cut(this.reason ?? null, emission.hostOrder);\n',
      '',
    ],
  ]),
  ...of('agent/Pool.ts', [
    [
      'nobody gets the room of a socket that has left',
      '    this.sockets.leave(socket, name);\n    this.advance(name);\n',
      '    this.sockets.leave(socket, name);\n',
    ],
    ['a connection is opened for ever', '      sockets.countOpening(name, -1);\n', ''],
    ['a connection that is not kept stays open', '      if (!isKept) slot.socket.destroy();\n', ''],
  ]),
  ...of('server/Deadlines.ts', [
    ['the timer of a closed connection runs on', 'free(): void {\n    this.idle?.free();', 'free(): void {'],
  ]),
  ...of('server/ServerHost.ts', [
    ['a server without connections looks for late requests on', 'this.sweeper.stop();', ''],
  ]),
  ...of('server/endings.ts', [['FIN is not sent', '      socket.end();\n', '']]),
  ...of('message/callbacks.ts', [
    ['a callback is called twice', 'if (this.sending.delete(once)) bound(error);', 'bound(error);'],
  ]),
];

function of(file, changes) {
  return changes.map(([what, from, to]) => ({ file, what, from, to }));
}
