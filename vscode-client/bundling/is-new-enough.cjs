// In the bundle it stands for semver, of which vscode-languageclient uses two functions to look whether VS Code is new
// enough: VS Code has looked at `engines` in package.json by then.
module.exports = () => true;
