# L’inscription, page par page.

# L’adresse.
signup-start-title = Inscription
signup-start-lead = Avec votre adresse professionnelle. C’est gratuit.
signup-start-waiting = Un document protégé vous attend. Inscrivez-vous avec l’adresse à laquelle il a été envoyé : vous y reviendrez ensuite.
signup-start-address = Adresse e-mail
signup-start-address-hint = L’adresse à laquelle vous recevez votre courrier professionnel. Une adresse privée convient aussi, pour ce qui lui est adressé.
signup-start-send = Envoyer le code
signup-start-next = La suite
signup-start-next-mail = Nous envoyons un message avec un code à cette adresse. Si elle est à vous, vous pouvez le lire.
signup-start-next-code = Vous saisissez le code ici, ou bien vous ouvrez le lien du message dans ce navigateur et appuyez sur « Oui, c’est moi ».
signup-start-next-profile = Vous indiquez votre nom et choisissez un mot de passe, si vous le souhaitez. Vous pouvez alors ouvrir et protéger des fichiers.
signup-start-organisation = Les collègues dont les adresses ont le même domaine forment une organisation. S’inscrire en premier ne donne à personne de pouvoir sur les fichiers d’autrui.

# Le code.
signup-code-title = Saisissez le code
signup-code-sent = Un message est en route vers { $address }. Il contient un code à huit chiffres.
signup-code-sent-again = Un nouveau message est en route vers { $address }. Seul son code est désormais valable.
signup-code-label = Code
signup-code-hint = Huit chiffres, valables { $minutes } minutes après l’envoi du message
signup-code-go-on = Continuer
signup-code-nothing = Rien n’est arrivé ?
signup-code-nothing-help = Un message peut mettre quelques minutes ; regardez aussi parmi les indésirables. Vous pouvez le faire renvoyer : seul le code le plus récent est alors valable.
signup-code-resend = Envoyer un nouveau code
signup-code-elsewhere = Continuer dans un terminal ou un autre navigateur
signup-code-other = Utiliser une autre adresse

# La page à laquelle mène le message.
signup-link-title = Est-ce vous ?
signup-link-heading = Terminer l’inscription ?
signup-link-began = Vous avez commencé ici une inscription avec { $address }.
signup-link-yes = Oui, c’est moi
signup-link-no = Ce n’était pas vous ? Fermez cette page : il ne s’est rien passé, et il ne se passera rien.
signup-link-elsewhere = Saisissez le code dans l’autre fenêtre
signup-link-elsewhere-lead = L’inscription n’a pas été commencée dans ce navigateur. Saisissez le code du message dans la fenêtre où vous avez commencé : un autre navigateur, un autre ordinateur ou un terminal.
signup-link-elsewhere-here = Vous préférez continuer dans ce navigateur ?
signup-link-elsewhere-nothing = Vous n’avez rien commencé ? Alors ne faites rien. Aucun compte n’est créé sans le code.

# Continuer ailleurs ce qui a été commencé ici.
signup-handover-title = Continuer ailleurs
signup-handover-lead = Vous pouvez continuer l’inscription de { $address } à un autre endroit, et y saisir le code. En attendant, elle se poursuit ici.
signup-handover-terminal = Dans un terminal
signup-handover-terminal-lead = Sur un ordinateur muni du programme, tapez :
signup-handover-token = Il demande ce jeton :
signup-handover-browser = Dans un autre navigateur
signup-handover-browser-lead = Ouvrez-y ce lien :
signup-handover-nobody = Ne les donnez à personne. Ils servent une fois, pendant quinze minutes, et ne mènent nulle part sans le code du message.
signup-handover-stay = Rester ici, et saisir le code

# Continuer ici ce qui a été commencé ailleurs.
signup-continue-title = Continuer ici ?
signup-continue-lead = Une inscription de { $address } a été commencée ailleurs. Continuez-la dans ce navigateur ; elle prend alors fin là où elle a été commencée. Le code du message est demandé ici.
signup-continue-here = Continuer ici
signup-continue-not-you = Quelqu’un d’autre vous a envoyé ce lien ? Fermez cette page : il ne s’est rien passé.
signup-continue-token = Jeton
signup-continue-token-hint = La page sur laquelle vous avez commencé l’affiche sous « Continuer dans un terminal ou un autre navigateur ». Un terminal affiche un lien qui le contient :
signup-continue-anew = Recommencer dans ce navigateur

# « Une dernière chose ».
signup-profile-title = Une dernière chose
signup-profile-proven = { $address } est bien à vous. Tout ceci peut rester vide : sans mot de passe, vous vous connectez avec un code reçu par e-mail.
signup-profile-first-name = Prénom
signup-profile-last-name = Nom
signup-profile-password = Mot de passe
signup-profile-password-hint = au moins 15 caractères ; quatre ou cinq mots conviennent bien
signup-profile-password-again = Le même mot de passe
signup-profile-start = Commencer

# L’arrivée.
signup-done-title = Bienvenue
signup-done-you = Vous êtes { $address }.
signup-done-you-of = Vous êtes { $address }, de { $organisation }.
signup-done-first = Vous êtes la première personne de votre organisation. Les collègues qui s’inscrivent vous rejoignent ; cela ne donne à aucun de vous de pouvoir sur les fichiers d’autrui.
signup-done-personal = Beaucoup de personnes sans lien entre elles ont une adresse comme la vôtre : votre compte n’appartient donc à aucune organisation. Vous pouvez ouvrir ce qui vous est adressé et protéger vos propres fichiers.
signup-done-waiting = Le document que vous vouliez ouvrir
signup-done-waiting-lead = Il vous attend. Vous avez commencé dans un terminal ? Retournez-y : il s’ouvre de lui-même.
signup-done-open = Sinon, connectez-vous une fois sur cet ordinateur, puis ouvrez-le :
signup-done-start = Commencer
signup-done-sign-in = Sur votre ordinateur, connectez-vous une fois :
signup-done-then = Ouvrez ensuite ce qu’on vous a envoyé, ou protégez un de vos fichiers :
signup-done-further = Ce qu’il vous faut
signup-done-download = Obtenir le programme pour cet ordinateur ou un autre
signup-done-guide = Lire le guide d’utilisation
signup-done-applications = Voir ce qui fonctionne encore avec les fichiers protégés
