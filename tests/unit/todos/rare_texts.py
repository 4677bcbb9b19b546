"""Small texts of the languages that few files are written in, and of the extensions that several share.

As in `language_texts`: after `TODO: yes` comes a comment's end, `TODO: no` stands where no comment is.
"""

from __future__ import annotations

SLASHES = 'x = "// TODO: no"; // TODO: yes\n/* TODO: yes */\n'
PERCENTS = 'x = "% TODO: no"; % TODO: yes\n'
SEMICOLONS = 'x "; TODO: no" ; TODO: yes\n'
STARS = 's "(* TODO: no *)" (* (* x *) TODO: yes *)\n'
SERVER_PAGE = "<p>TODO: no</p><%-- TODO: yes --%>{}<!-- TODO: yes -->"

RARE_TEXTS = {
    "roff": '.\\" TODO: yes\n.TH A 1\nTODO: no\n\\" TODO: yes\n',
    "texinfo": "@c TODO: yes\n@comment TODO: yes\nTODO: no\n@ignore\nTODO: yes\n@end ignore\nTODO: no\n",
    "sas": "* TODO: yes;\ndata a; x = '* TODO: no'; * TODO: yes;\n/* TODO: yes */\ny = 2 * TODO: no;\n",
    "spss": "COMMENT TODO: yes.\n* TODO: yes.\nSHOW 'TODO: no'. /* TODO: yes */\n",
    "j": "x =: 'NB. TODO: no' NB. TODO: yes\n",
    "q": '/ TODO: yes\nx:"/ TODO: no" / TODO: yes\n',
    "dashes": 's "-- TODO: no" -- TODO: yes\n',
    "semicolons": SEMICOLONS,
    "postscript": "(% TODO: no) show % TODO: yes\n",
    "percents": PERCENTS,
    "autoit": '$s = "; TODO: no" ; TODO: yes\n#cs\nTODO: yes\n#ce\n#comments-start\nTODO: yes\n#comments-end\n',
    "nsis": 'Name "; TODO: no" ; TODO: yes\n# TODO: yes\n/* TODO: yes */\n',
    "innosetup": "; TODO: yes\ns := '// TODO: no'; // TODO: yes\n{ TODO: yes }\nName: {app}; TODO: no\n",
    "gams": "* TODO: yes\n$ontext\nTODO: yes\n$offtext\ndisplay '* TODO: no';\n",
    "maple": STARS + "# TODO: yes\n",
    "exclamations": "! TODO: yes\nx: 1 ! TODO: no\n",
    "scilab": SLASHES,
    "factor": '"! TODO: no" ! TODO: yes\n',
    "lilypond": '"% TODO: no" % TODO: yes\n%{ TODO: yes %}\n',
    "slashes-and-percents": SLASHES + "% TODO: yes\n",
    "m68k": '| TODO: yes\n\tmove.l d0,d1 | TODO: yes\n\t.ascii "| TODO: no"\n',
    "vim9": "echo '# TODO: no' # TODO: yes\n",
    "tla": STARS + "\\* TODO: yes\n",
    "slashes-and-dashes": SLASHES + "-- TODO: yes\n",
    "slashes-and-stars": STARS + "// TODO: yes\n",
    "hashes-and-dashes": 's "# TODO: no" # TODO: yes\n-- TODO: yes\n{ TODO: yes }\n',
    "surreal": "s '-- TODO: no'; -- TODO: yes\n# TODO: yes\n// TODO: yes\n",
    "pari": 's = "\\\\ TODO: no"; \\\\ TODO: yes\n/* TODO: yes */\n',
    "xquery": '"(: TODO: no :)" (: (: x :) TODO: yes :)\n',
    "rexx": "say '/* TODO: no */' /* TODO: yes */\n-- TODO: yes\n",
    "rpg": "      * TODO: yes\n     C* TODO: yes\n// TODO: yes\n     C     TODO: no\n",
    "foxpro": "* TODO: yes\nx = '&& TODO: no' && TODO: yes\n",
    "subtitles": "NOTE TODO: yes\n\n00:01 --> 00:02\nTODO: no\n",
    "spice": "* TODO: yes\nR1 a b 1k ; TODO: yes\nR2 TODO: no\n",
    "scribble": "@; TODO: yes\n@;{ TODO: yes }\nTODO: no\n",
    "red": 's: "; TODO: no" ; TODO: yes\nt: {; TODO: no}\ncomment { TODO: yes }\n',
    "jsp": SERVER_PAGE.format('<% String s = "// TODO: no"; // TODO: yes\n%>'),
    "aspx": SERVER_PAGE.format('<% var s = @"// TODO: no"; // TODO: yes\n%>'),
    "asp": SERVER_PAGE.format("<% s = \"' TODO: no\" ' TODO: yes\n%>"),
    "heex": '<p>TODO: no</p><%!-- TODO: yes --%><%# TODO: yes %><% s = "# TODO: no" # TODO: yes\n%>',
    "cfm": "<p>TODO: no</p><!--- TODO: yes ---><cfscript>\ns = '// TODO: no'; // TODO: yes\n</cfscript>",
    "mako": "## TODO: yes\n<p>TODO: no</p><%doc>\nTODO: yes\n</%doc><%\ns = '# TODO: no' # TODO: yes\n%>",
    "freemarker": "<p>TODO: no</p><#-- TODO: yes -->",
    "velocity": "## TODO: yes\n<p>TODO: no</p>#* TODO: yes *#",
    "smarty": "<p>TODO: no</p>{* TODO: yes *}",
    "dust": "<p>TODO: no</p>{! TODO: yes !}",
    "gotemplate": "<p>TODO: no</p>{{/* TODO: yes */}}{{- /* TODO: yes */ -}}",
    "t4": SLASHES,
}

SHARED_TEXTS = {
    "m-file": '#import <a.h>\nNSString *s = @"// TODO: no"; // TODO: yes\n',
    "v-file": 'module m; initial $display("// TODO: no"); // TODO: yes\nendmodule\n',
    "ts-file": "let s: string = '// TODO: no' // TODO: yes\n",
    "pl-file": "my $s = '# TODO: no'; # TODO: yes\n",
    "pp-file": "file { '# TODO: no': } # TODO: yes\n",
    "sql-file": "SELECT '-- TODO: no' -- TODO: yes\n/* TODO: yes */\n",
    "cls-file": "50\\% TODO: no\n% TODO: yes\n",
    "pro-file": PERCENTS,
    "inc-file": SLASHES,
    "r-file": "s <- '# TODO: no' # TODO: yes\n",
    "fs-file": 'let s = "// TODO: no" // TODO: yes\n',
    "mod-file": STARS,
    "st-file": 's := \'" TODO: no\'. " TODO: yes "\n',
    "f-file": "C TODO: yes\n      CALL X('! TODO: no') ! TODO: yes\n",
    "cl-file": '(setq s "; TODO: no") ; TODO: yes\n',
    "d-file": 'auto s = "// TODO: no"; // TODO: yes\n',
    "vim-file": "echo 'TODO: no'\n\" TODO: yes\n",
    "cfc-file": SLASHES,
    "ftl-file": "# TODO: yes\na = TODO: no\n",
    "tpl-file": "<p>TODO: no</p>{* TODO: yes *}",
    "ll-file": SLASHES,
    "rules-file": "# TODO: yes\na TODO: no\n",
    "s-file": 'mov x, y ; TODO: yes\n.ascii "; TODO: no"\n',
    "gp-file": 's = "# TODO: no" # TODO: yes\n',
    "config-file": "<!-- TODO: yes --><a>TODO: no</a>\n",
}
