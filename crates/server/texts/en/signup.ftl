# Signing up, page by page.

# The address.
signup-start-title = Sign up
signup-start-lead = With your work address. It costs nothing.
signup-start-waiting = A protected document is waiting for you. Sign up with the address it was sent to, and you come back to it.
signup-start-address = E-mail address
signup-start-address-hint = The address at which you get mail from work. A private one works too, for what is addressed to it.
signup-start-send = Send the code
signup-start-next = What happens next
signup-start-next-mail = We send a mail with a code to this address. If it is yours, you can read it.
signup-start-next-code = You type the code here, or open the mail’s link in this browser and press “Yes, that’s me”.
signup-start-next-profile = You say your name and choose a password, if you like. Then you can open and protect files.
signup-start-organisation = Colleagues with addresses of the same domain are one organisation. Signing up first gives nobody power over another’s files.

# The code.
signup-code-title = Type the code
signup-code-sent = A mail is on its way to { $address }. It holds a code of eight digits.
signup-code-sent-again = A new mail is on its way to { $address }. Only its code works now.
signup-code-label = Code
signup-code-hint = Eight digits, for { $minutes } minutes after the mail was sent
signup-code-go-on = Go on
signup-code-nothing = Nothing has come?
signup-code-nothing-help = Mail can take some minutes; look among the unwanted mail too. You can have it sent once more: then only the newest code works.
signup-code-resend = Send a new code
signup-code-elsewhere = Go on in a terminal or another browser
signup-code-other = Use another address

# The page that the mail links to.
signup-link-title = Is it you?
signup-link-heading = Finish signing up?
signup-link-began = You began to sign up here with { $address }.
signup-link-yes = Yes, that’s me
signup-link-no = It was not you? Close this page: nothing has happened, and nothing will.
signup-link-elsewhere = Type the code in the other window
signup-link-elsewhere-lead = The sign-up was not begun in this browser. Type the code from the mail in the window in which you began: another browser, another computer, or a terminal.
signup-link-elsewhere-here = You would rather go on in this browser?
signup-link-elsewhere-nothing = You began nothing? Then do nothing. No account is made without the code.

# Going on elsewhere, with what was begun here.
signup-handover-title = Go on elsewhere
signup-handover-lead = You can go on with the sign-up of { $address } in another place, and type the code there. Until you do, it goes on here.
signup-handover-terminal = In a terminal
signup-handover-terminal-lead = On a computer with the program, say:
signup-handover-token = It asks for this token:
signup-handover-browser = In another browser
signup-handover-browser-lead = Open this link there:
signup-handover-nobody = Give both to nobody. They work once, for fifteen minutes, and without the mailed code they lead nowhere.
signup-handover-stay = Stay here, and type the code

# Going on here, with what was begun elsewhere.
signup-continue-title = Go on here?
signup-continue-lead = A sign-up of { $address } was begun elsewhere. Go on with it in this browser; it then ends where it was begun. The code from the mail is asked for here.
signup-continue-here = Go on here
signup-continue-not-you = Somebody else sent you this link? Close this page: nothing has happened.
signup-continue-token = Token
signup-continue-token-hint = The page on which you began shows it under “Go on in a terminal or another browser”. A terminal prints a link that holds it:
signup-continue-anew = Begin anew in this browser

# "One last thing".
signup-profile-title = One last thing
signup-profile-proven = { $address } is yours. All of this may stay empty: without a password you sign in with a code by mail.
signup-profile-first-name = First name
signup-profile-last-name = Last name
signup-profile-password = Password
signup-profile-password-hint = at least 15 characters; four or five words do well
signup-profile-password-again = The same password again
signup-profile-start = Start

# The landing.
signup-done-title = Welcome
signup-done-you = You are { $address }.
signup-done-you-of = You are { $address }, of { $organisation }.
signup-done-first = You are the first of your organisation. Colleagues who sign up join you; that gives none of you any power over another’s files.
signup-done-personal = Many unrelated people have addresses like yours, so there is no organisation behind your account. You can open what is addressed to you, and protect files of your own.
signup-done-waiting = The document you were about to open
signup-done-waiting-lead = It is waiting for you. Began in a terminal? Go back there: it opens by itself.
signup-done-open = Otherwise sign in once on this computer, and open it:
signup-done-start = Start
signup-done-sign-in = On your computer, sign in once:
signup-done-then = Then open what you were sent, or protect a file of your own:
signup-done-further = What you need
signup-done-download = Get the program for this or another computer
signup-done-guide = Read the user guide
signup-done-applications = See what else works with protected files
