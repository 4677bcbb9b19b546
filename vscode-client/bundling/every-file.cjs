// In the bundle it stands for minimatch, with which vscode-languageclient looks whether a file fits a pattern: the only
// pattern that our server names is that of every file.
class Minimatch {
  makeRe() {
    return /(?:)/;
  }

  match() {
    return true;
  }
}

module.exports = { Minimatch };
