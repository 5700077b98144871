# Les messages. Rien n’y vient de la personne qui les a provoqués.
mail-code = Votre code est
mail-once = Il est valable une seule fois, pendant { $minutes } minutes.

mail-signup-subject = Terminez votre inscription à { $service }
mail-signup-type = Saisissez-le dans la fenêtre où vous avez commencé l’inscription.
mail-signup-browser = Si vous avez commencé dans un navigateur, vous pouvez aussi ouvrir cette page dans le même navigateur et appuyer sur « Oui, c’est moi » :
mail-signup-yes = Oui, c’est moi
mail-signup-yes-where = Le bouton ne fonctionne que dans le navigateur où vous avez commencé ; il vous y demande encore une confirmation.
mail-signup-unasked = Si vous n’avez pas demandé ce message, ne faites rien. Aucun compte n’est créé sans le code ; personne ne vous le demandera.

mail-login-subject = Votre code pour { $service }
mail-login-heading = Connexion à { $service }
mail-login-type = Saisissez-le dans la fenêtre où vous êtes en train de vous connecter.
mail-login-unasked = Si vous n’êtes pas en train de vous connecter, ne faites rien. Ne donnez jamais ce code à personne ; personne de { $service } ne vous le demandera.
