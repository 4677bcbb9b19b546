// The library of the language client: a bundle of its own, which is read when the server is started.

export * from 'vscode-languageclient/node';
