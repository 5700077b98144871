# La connexion pour un programme sur la même machine.
signin-title = Connexion
signin-lead = Un programme de cet ordinateur vous demande de vous connecter. Ne continuez que si vous venez de le lancer vous-même.
signin-known = Vous êtes connecté ici en tant que { $address }.
signin-go-on = Continuer en tant que { $address }
signin-other = Ou connectez-vous sous une autre identité :
signin-address = Adresse e-mail
signin-password = Mot de passe
signin-password-hint = si vous en avez choisi un
signin-submit = Se connecter
signin-mail = Recevoir plutôt un code par e-mail
signin-no-account = Pas encore de compte ?
signin-signup = Inscrivez-vous, puis revenez ici
signin-code-title = Saisissez le code
signin-code-sent = Si { $address } a un compte ici, un message avec un code à huit chiffres est en route.
signin-code-label = Code
signin-code-again = Recommencer
signin-stop-title = Impossible de continuer
signin-stop-client = Le programme qui vous a envoyé ici n’est pas connu de ce service. Fermez cette page et recommencez depuis le programme.
signin-stop-redirect = Le programme qui vous a envoyé ici n’a pas dit où il écoute sur cet ordinateur. Fermez cette page et recommencez depuis le programme.

signin-second-title = Votre second facteur
signin-second-lead = Ce compte demande le code que votre application d’authentification affiche maintenant. Si vous l’avez perdue, saisissez un de vos codes de secours.
signin-second-label = Code
