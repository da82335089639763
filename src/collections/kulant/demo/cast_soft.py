"""Stories about plans, about the portal, about letters on their way, and about those who have paid."""

from __future__ import annotations

from kulant.demo.stories import Scene, Story

PLANS = (
    Story(
        name="Kvitbjørnvika Bakeri AS",
        size="medium",
        habit="prompt",
        open=((42, "21400.00"), (28, "16900.00")),
        scenes=(Scene(28, "approve"), Scene(7, "approve")),
    ),
    Story(
        name="Lyktestubben Kafé",
        size="small",
        habit="usual",
        open=((25, "14800.00"),),
        scenes=(
            Scene(4, "call", "The street is dug up and guests stay away; asks to pay in parts."),
            Scene(4, "because", "A building site in front of the door", amount="cash_gap"),
            Scene(4, "offer"),
        ),
    ),
    Story(
        name="Silkefjord Seilmakeri AS",
        size="medium",
        habit="prompt",
        open=((96, "38700.00"), (80, "27300.00")),
        scenes=(
            Scene(84, "approve"),
            Scene(63, "approve"),
            Scene(60, "accept", "Demo: head of office", nth=3, kept=9),
            Scene(59, "tick"),
        ),
    ),
    Story(
        name="Snøkatten Sport AS",
        size="medium",
        habit="usual",
        open=((58, "24600.00"),),
        scenes=(
            Scene(46, "call", "A mild winter left the skis unsold; wants to pay over three months."),
            Scene(46, "because", "Skis lie unsold after a mild winter", amount="cash_gap"),
            Scene(46, "offer"),
            Scene(45, "accept", "Demo: owner", nth=2, days=4, kept=1),
            Scene(44, "tick"),
        ),
    ),
    Story(
        name="Fossegrimen Ølstue",
        size="small",
        habit="late",
        open=((75, "19200.00"),),
        scenes=(
            Scene(63, "approve"),
            Scene(61, "call", "Asks for three months; the terrace season was poor."),
            Scene(61, "because", "A poor terrace season", amount="cash_gap"),
            Scene(61, "offer"),
            Scene(60, "accept", "Demo: owner", nth=2, days=16, kept=1),
            Scene(59, "tick"),
        ),
    ),
    Story(
        name="Rimfrosthaugen Bygg AS",
        size="small",
        habit="chronic",
        open=((62, "33600.00"),),
        scenes=(
            Scene(49, "approve"),
            Scene(44, "offer"),
            Scene(43, "accept", "Demo: manager", nth=2, days=30, kept=0),
            Scene(20, "give_up", "two calls without an answer"),
            Scene(14, "approve"),
            Scene(13, "call", "Two building sites have stopped. Will come back with a date."),
            Scene(13, "tick"),
        ),
    ),
    Story(
        name="Honningkløver Ysteri",
        size="medium",
        habit="usual",
        open=((97, "27600.00"),),
        scenes=(
            Scene(86, "call", "The cold store broke down; everything went into the repair."),
            Scene(85, "because", "The repair of the cold store took it all", amount="cash_gap"),
            Scene(85, "offer"),
            Scene(84, "accept", "Demo: owner", nth=2, days=15, kept=3),
            Scene(83, "tick"),
            Scene(5, "email", "Thanks for the patience; orders cream for the whole spring."),
        ),
    ),
    Story(
        name="Vinterlys Trevare AS",
        size="small",
        habit="prompt",
        open=((60, "12400.00"),),
        scenes=(Scene(50, "offer"), Scene(49, "accept", "Demo: owner", nth=1, kept=1), Scene(48, "tick")),
    ),
    Story(
        name="Ugleskogen Verksted",
        size="small",
        habit="usual",
        open=((64, "16800.00"),),
        scenes=(
            Scene(50, "offer"),
            Scene(49, "accept", "Demo: owner", nth=2, kept=0),
            Scene(48, "tick"),
            Scene(36, "cancel_plan", "They sold a machine and will pay everything at once"),
            Scene(33, "pay"),
        ),
    ),
)

PORTAL = (
    Story(
        name="Fabelfjell Ysteri",
        size="small",
        habit="usual",
        open=((19, "13900.00"),),
        scenes=(Scene(2, "says_paid", "from our savings bank account", days=4),),
    ),
    Story(
        name="Drømmevåg Kafé",
        size="small",
        habit="late",
        open=((36, "21700.00"),),
        scenes=(Scene(21, "approve"), Scene(3, "hardship", "The café has been closed since the storm took the pier.")),
    ),
    Story(
        name="Nissebakken Byggservice",
        size="small",
        habit="usual",
        open=((23, "26300.00"),),
        scenes=(Scene(1, "own_plan", "from the first of next month", amount="4000.00"),),
    ),
)

LETTERS = (
    Story(
        name="Eventyrnes Gartneri",
        size="medium",
        habit="usual",
        open=((16, "10480.00"),),
        scenes=(Scene(0, "approve"),),
    ),
    Story(
        name="Månskensviken Bageri AB",
        country="SE",
        size="medium",
        habit="usual",
        open=((17, "14350.00"),),
        scenes=(Scene(0, "approve"),),
    ),
    Story(
        name="Nordlysodden Camping",
        size="small",
        habit="usual",
        by_post=True,
        open=((15, "5640.00"),),
        scenes=(Scene(0, "approve"),),
    ),
    Story(
        name="Gullregn Malermester",
        size="small",
        habit="usual",
        open=((14, "9150.00"),),
        scenes=(Scene(0, "approve"), Scene(0, "promise", amount="9150.00", days=5)),
    ),
    Story(
        name="Stormkastet Seil AS",
        size="small",
        habit="usual",
        open=((13, "13480.00"),),
        scenes=(Scene(0, "approve"), Scene(0, "loose", amount="13480.00", text="unreadable reference")),
    ),
    Story(
        name="Vindfanget Verksted",
        size="tiny",
        habit="usual",
        open=((18, "3260.00"),),
        scenes=(Scene(0, "approve"), Scene(0, "portal_dispute", "Returned or cancelled: the pump went back.")),
    ),
    Story(
        name="Alvefoss Trevare AS", size="medium", habit="usual", open=((12, "16720.00"),), scenes=(Scene(0, "queue"),)
    ),
    Story(
        name="Nissekøbing Kro ApS",
        country="DK",
        size="medium",
        habit="usual",
        open=((15, "11900.00"),),
        scenes=(Scene(0, "queue"),),
    ),
    Story(
        name="Puddlewick Chandlery Ltd",
        country="GB",
        size="medium",
        habit="usual",
        open=((16, "1240.00"),),
        scenes=(Scene(0, "queue"),),
    ),
    Story(
        name="Trine Eksempel",
        kind="consumer",
        size="consumer",
        habit="usual",
        open=((14, "2390.00"),),
        scenes=(Scene(0, "queue"),),
    ),
    Story(name="Satumaan Kahvila Oy", country="FI", size="medium", habit="usual", open=((17, "1680.00"),)),
    Story(
        name="Älvdansen Snickeri AB",
        country="SE",
        size="medium",
        habit="prompt",
        open=((26, "19800.00"), (11, "8700.00")),
        scenes=(Scene(14, "approve"),),
    ),
    Story(
        name="Lykkeliten Barnehage",
        size="newcomer",
        habit="usual",
        open=((12, "4380.00"),),
        scenes=(Scene(4, "survey", "The high chairs came without straps, and nobody called back.", days=9, kept=5),),
    ),
    Story(
        name="Solsikkestova Kafé",
        size="newcomer",
        habit="usual",
        scenes=(Scene(3, "survey", "Everything was there, and on time.", days=7, kept=9),),
    ),
    Story(
        name="Tåkeferja AS",
        size="newcomer",
        habit="usual",
        open=((13, "7900.00"),),
        scenes=(Scene(0, "dismiss", "First delivery; their manager calls tomorrow to hear how it went."),),
    ),
    Story(
        name="Hvalrossen Kafeteria",
        size="small",
        habit="usual",
        open=((18, "21000.00"),),
        scenes=(Scene(9, "pay", amount="10000.00"),),
    ),
    Story(
        name="Månestråle Elektro AS",
        size="medium",
        habit="usual",
        open=((16, "14200.00"),),
        scenes=(Scene(8, "credit", amount="2300.00"),),
    ),
)

PAID = (
    Story(
        name="Bjørnebærhagen Kafé",
        size="small",
        habit="late",
        open=((40, "7480.00"),),
        scenes=(Scene(28, "approve"), Scene(22, "pay")),
    ),
    Story(
        name="Elverhøjby Tømrer ApS",
        country="DK",
        size="medium",
        habit="late",
        open=((48, "12600.00"),),
        scenes=(
            Scene(35, "approve"),
            Scene(31, "call", "The bank had the wrong account; promises to pay this week."),
            Scene(31, "promise", amount="12600.00", days=5),
            Scene(28, "pay"),
        ),
    ),
    Story(
        name="Kari Demosen",
        kind="consumer",
        size="consumer",
        habit="usual",
        open=((33, "3150.00"),),
        scenes=(Scene(21, "approve"), Scene(18, "call", "Had moved; new address noted."), Scene(17, "pay")),
    ),
)

LEAVING = (
    Story(
        name="Rognebærlia Kafé",
        size="medium",
        habit="prompt",
        scenes=(
            Scene(9, "lost", "A chain has offered them everything from one lorry.", amount="competitor"),
            Scene(6, "call", "They would stay for two deliveries a week; asked the warehouse."),
        ),
    ),
    Story(
        name="Fjellrevkroa",
        size="medium",
        habit="usual",
        last_purchase=44,
        scenes=(
            Scene(40, "complaint", "Third time this year that the order came a day late."),
            Scene(38, "answer", "Said sorry and credited the freight."),
            Scene(30, "lost", "Said goodbye by telephone: nobody had called them all year.", amount="overlooked"),
        ),
    ),
    Story(
        name="Tyttebærtunet Gjestegård",
        size="small",
        habit="usual",
        open=((70, "6450.00"),),
        scenes=(
            Scene(66, "dispute", "The invoice has the price of last year's catalogue."),
            Scene(63, "our_error", "They were right; the difference is credited."),
            Scene(62, "credit", amount="950.00"),
            Scene(40, "pay", amount="5500.00"),
        ),
    ),
    Story(
        name="Morkelåsen Bilverksted",
        size="small",
        habit="usual",
        last_purchase=75,
        scenes=(Scene(68, "lost", "Sold the workshop and retired.", amount="closed"),),
    ),
)
