"""Words that passwords are made of again and again. Written for this rule, from no list of anybody's."""

_OURS = """
covet covetpy covetsre sre oncall incident incidents pager pagerduty alert alerts alertmanager prometheus grafana budget
reliability responder viewer admin service owner team
"""

OUR_WORDS = frozenset(_OURS.split())
"""What one thinks of in front of this product; docs/security.md lists them."""

_ACCESS = """
password passwort passwords passw0rd pass passwd pwd passcode motdepasse contrasena senha parola haslo wachtwoord
login logon signin user username usuario guest root toor administrator administrador system server superuser super
test tester testing temp demo default changeme change secret secure security private access account letmein welcome
willkommen bienvenue hello hola salut bonjour trustno whatever nothing unknown forget forgot enter open master
mypass mypassword newpassword oldpassword backup database office company internet website network computer laptop
windows linux oracle cisco mysql postgres google facebook youtube twitter instagram yahoo hotmail gmail myspace
linkedin microsoft apple samsung iphone android nokia the and you your for not this that with one two love
"""

_FEELING = """
iloveyou iloveu ilove loveyou loveme lovely lover forever always together heart beautiful sweet sweety sweetie
sweetheart honey baby babygirl babyboy angel angels princess prince queen king kings lady sexy pretty cutie happy
lucky smile friend friends friendship family mother father mommy daddy mama papa sister brother wife husband girl
boy girls boys freedom peace heaven hell god jesus christ jesuschrist allah bible faith hope blessed dream dreams
life mylife live fuck fuckyou fuckoff bitch asshole shit sex hate killer death dead dark evil devil satan demon
"""

_THINGS = """
dragon monkey tiger lion eagle eagles wolf bear horse dog dogs cat cats kitty puppy bunny rabbit chicken turtle
dolphin panda butterfly spider snake shark bird fish flower flowers rose sunflower sunshine sun moon moonlight star
stars starlight sky ocean river mountain forest fire water earth thunder lightning rainbow storm snow winter spring
summer autumn fall january february march april june july august september october november december monday tuesday
wednesday thursday friday saturday sunday morning night midnight today tomorrow black white blue red green yellow
orange purple pink silver gold golden diamond crystal chocolate cookie cookies cheese banana apple strawberry cherry
peach coffee pepper sugar candy pizza beer vodka whiskey marlboro guitar music piano dance dancing rock metal
metallica nirvana slipknot linkinpark blink beatles eminem hiphop
"""

_PLAY = """
football soccer baseball basketball softball hockey tennis golf volleyball swimming cheerleader skateboard surfing
racing runner player champion winner legend hero warrior soldier hunter ranger ninja samurai pirate pirates knight
wizard magic liverpool arsenal chelsea manchester united barcelona realmadrid madrid juventus milan yankees lakers
cowboys steelers redsox patriots packers raiders superman batman spiderman pokemon pikachu naruto minecraft starwars
startrek matrix harry harrypotter potter hogwarts hellokitty mickey mouse snoopy scooby garfield simpsons gangster
thug gamer game games playstation xbox nintendo counterstrike warcraft runescape london paris newyork america
american england germany france canada mexico brasil brazil india pakistan australia california texas florida
chicago boston dallas mustang ferrari porsche mercedes corvette camaro yamaha honda harley
"""

_NAMES = """
james john robert michael william david richard joseph thomas charles charlie christopher chris daniel dan matthew
matt anthony tony mark donald steven steve paul andrew andy joshua josh kevin brian george edward ronald timothy
jason jeffrey ryan jacob gary nicholas nick eric jonathan stephen larry justin scott brandon benjamin samuel sam
gregory alexander alex frank patrick raymond jack dennis jerry tyler aaron jose henry adam nathan zachary kyle
walter ethan jeremy carlos juan luis jesus diego antonio miguel mohamed muhammad ahmed ali omar ivan dmitry sergey
hans peter max felix lukas mary patricia jennifer linda elizabeth barbara susan jessica sarah karen nancy lisa
margaret betty sandra ashley kimberly emily donna michelle carol amanda melissa deborah stephanie rebecca laura
sharon cynthia kathleen amy angela shirley anna brenda pamela nicole samantha katherine emma ruth christine
catherine victoria rachel maria carolina andrea daniela gabriela alejandra fernanda valentina natalia natasha
vanessa monica veronica alexandra alexis brittany courtney danielle jasmine hannah heather julia kayla lauren
madison megan morgan olivia sabrina sophie sophia taylor tiffany sasha johnson smith williams brown jones garcia
miller davis rodriguez martinez anderson jackson jordan austin dakota
"""

_EVERYDAY = """
leave alone trust see people need speed want come home here there live work play time day good best cool hot fast
new big little only never ever very much more just what when where who how why yes all our his her him she they them
from out down over under stop start give take make made know think feel call talk look like world money cash rich
free club team party school student teacher doctor music movie film photo video phone mobile car cars truck bike
train plane house room street city town country island beach summer holiday green butter peanut milk cream cake
bread meat chicken fruit juice wine final fantasy devil may cry resident mortal combat kombat duty jame bond walker
sky man woman men old young mine yours san saint francisco angeles los las vegas web site solution solutions service
services business market group project domain digital online special standard created mail install customer manager
sales support info ticket
"""

_CYRILLIC_KEYS = """
ghbdtn gfhjkm ghjcnj fktrcfylh fktrcfylhf fktrctq fyfcnfcbz fylhtq dkflbvbh cthutq lvbnhbq vfrcbv vfrcbvrf yfnfif
rfnthbyf rhbcnbyf vfhbyf tktyf cdtnkfyf k.,jdm k.,bvfz yfcntymrf gbpltw vfvf gfgf cjkysirj vfkmxbr ltdjxrf rjirf
cj,frf
"""
# Russian words as they come out of a keyboard that is set to Latin: a greeting, "password", names.

KNOWN_WORDS = frozenset(" ".join((_ACCESS, _FEELING, _THINGS, _PLAY, _NAMES, _EVERYDAY, _CYRILLIC_KEYS)).split())

KNOWN_PHRASES = frozenset({"correcthorsebatterystaple", "thisisapassword", "thisismypassword"})
"""Good passwords until somebody suggested them to everybody."""
