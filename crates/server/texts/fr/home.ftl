# La page d’accueil.
home-title = Fichiers protégés
home-heading = Des fichiers qui restent soumis à vos conditions
home-lead = Protégez un fichier, dites qui peut l’ouvrir et jusqu’à quand, puis envoyez-le par le moyen de votre choix.
home-received = On vous a envoyé un fichier protégé ? Inscrivez-vous avec l’adresse à laquelle il était destiné, et ouvrez-le.
home-signup = S’inscrire gratuitement
home-account = Vous avez un compte : mot de passe, sessions, appareils
