;;; emacs.el --- plays a scenario in a batch Emacs and writes down what is seen  -*- lexical-binding: t -*-
;; ISSUELENS_SCENARIO: a file of Lisp; it calls the functions below. ISSUELENS_SEEN: the file written, an object a line.
(require 'json)
(require 'cl-lib)
(require 'flymake)

(defvar play-deadline 30)
(setq make-backup-files nil
      create-lockfiles nil
      auto-save-default nil
      eglot-send-changes-idle-time 0
      eglot-confirm-server-initiated-edits nil
      eglot-sync-connect play-deadline
      flymake-no-changes-timeout 0)
;; Whoever plays agrees to what Eglot asks.
(defalias 'y-or-n-p #'always)
;; The folder of the scenario is the project, whatever version control says.
(cl-defmethod project-root ((project (head play))) (cdr project))
(setq project-find-functions (list (lambda (_) (cons 'play (file-name-as-directory (getenv "ISSUELENS_ROOT"))))))

(defun play-tell (name value)
  "Writes down what is seen."
  (write-region (concat (json-serialize (list :name name :value (or value :null))) "\n")
                nil (getenv "ISSUELENS_SEEN") 'append 'quiet))

(defun play-wait (what found)
  "Waits until the function FOUND gives something, and gives it."
  (let ((end (+ (float-time) play-deadline)) value)
    (while (not (or (setq value (funcall found)) (> (float-time) end)))
      (accept-process-output nil 0.02)
      (sit-for 0))
    (or value (error "In vain: %s" what))))

(defun play-see (name found)
  "Waits for it and writes it down."
  (play-tell name (play-wait name found)))

(defun play-open (path line column)
  "Opens a file; LINE counts from 1, COLUMN from 0."
  (find-file path)
  ;; Eglot begins after the command that opened the file.
  (run-hooks 'post-command-hook)
  (play-wait "the client attached" (lambda () (and (fboundp 'eglot-managed-p) (eglot-managed-p))))
  (play-at line column))

(defun play-at (line column)
  (goto-char (point-min))
  (forward-line (1- line))
  (forward-char column))

(defun play-text () (buffer-substring-no-properties (point-min) (point-max)))

(defun play-ask (method params)
  (eglot--signal-textDocument/didChange)
  (jsonrpc-request (eglot-current-server) method params :timeout play-deadline))

(defun play-hover ()
  "The text of the hover at point."
  (let ((contents (plist-get (play-ask :textDocument/hover (eglot--TextDocumentPositionParams)) :contents)))
    (if (stringp contents) contents (plist-get contents :value))))

(defun play-diagnostics ()
  (let ((found (mapcar #'flymake-diagnostic-text (flymake-diagnostics))))
    (and found (vconcat found))))

(defun play-actions ()
  "The titles of the code actions at point."
  (vconcat (mapcar (lambda (one) (plist-get one :title))
                   (append (eglot-code-actions (point) (point)) nil))))

(defun play-act (words)
  "Chooses the code action at point whose title has WORDS, as a person does in the menu."
  (cl-letf (((symbol-function 'completing-read)
             (lambda (_prompt titles &rest _)
               (or (cl-find-if (lambda (title) (string-search words title)) (mapcar (lambda (one) (if (consp one) (car one) one)) titles))
                   (error "No action has %s: %S" words titles)))))
    (let ((last-nonmenu-event ?\r)) ; else a menu would pop up
      (eglot-code-actions (point) (point) nil t))))

(defun play-choose (words)
  "Answers the server's next questions with the one of their buttons that has WORDS."
  (cl-defmethod eglot-handle-request (_server (_method (eql window/showMessageRequest)) &key _type _message actions)
    (cl-find-if (lambda (one) (string-search words (plist-get one :title))) (append actions nil))))

(defun play-issuelens (&rest words)
  "Runs the command line beside the editor."
  (with-temp-buffer
    (unless (zerop (apply #'call-process "issuelens" nil t nil words))
      (error "issuelens %s: %s" words (buffer-string)))
    (buffer-string)))

(condition-case problem
    (progn
      (load (getenv "ISSUELENS_SCENARIO") nil t t)
      (let ((server (eglot-current-server)))
        (when server (eglot-shutdown server nil play-deadline)))
      (kill-emacs 0))
  (error
   (play-tell "problem" (format "%s\n%s" (error-message-string problem) (play-text)))
   (kill-emacs 1)))
