# Signing in for a program on the same machine.
signin-title = Sign in
signin-lead = A program on this computer asks you to sign in. Go on only if you have just started it yourself.
signin-known = You are signed in here as { $address }.
signin-go-on = Go on as { $address }
signin-other = Or sign in as somebody else:
signin-address = E-mail address
signin-password = Password
signin-password-hint = if you have set one
signin-submit = Sign in
signin-mail = Mail me a code instead
signin-no-account = No account yet?
signin-signup = Sign up, then come back here
signin-code-title = Type the code
signin-code-sent = If { $address } has an account here, a mail with a code of eight digits is on its way.
signin-code-label = Code
signin-code-again = Begin again
signin-stop-title = This cannot go on
signin-stop-client = The program that sent you here is not known to this service. Close this page and start again from the program.
signin-stop-redirect = The program that sent you here did not say where on this computer it listens. Close this page and start again from the program.

signin-second-title = Your second factor
signin-second-lead = This account asks for the code that your authenticator shows now. If you have lost it, type one of your recovery codes.
signin-second-label = Code
