/**
 * Words: 2,048 of them, short, common and distinct, for passphrases that people can type and keep in mind.
 *
 * Two to the eleventh: each word that is drawn is worth 11 bits. All are of four to seven lower-case ASCII letters; no
 * two sound alike, and hardly any differ in one letter only.
 */
const list = `
  abacus abbey ability aboard about above absent absorb academy accent accept access
  account accuse achieve acid acorn acquire acre across action active actor actual adapt
  adjust admire admit adobe adopt adult advance advice adviser aerial affair afford after
  again agenda agent agile agree ahead airline airport aisle alarm album alcove alder
  alert algae alive alley allow almond almost alone along aloud alpha alpine also alto
  always amateur amazing amber ambush amend amount ample amplify amuse analyst anatomy
  anchor anchovy ancient angel angle animal ankle annual answer anthem antique antler
  anvil anybody apart apology appeal appear applaud apple appoint approve apricot april
  apron aquatic aquifer arcade arch archive arctic area arena argue arise armor aroma
  around arrange arrival arrive arrow article artist artwork ascend ashore aside asleep
  aspect aspen asset assign assist assume astound athlete atlas atom attach attend attic
  attract auburn audio audit august aunt aurora author autumn avenue avocado avoid awake
  award away awning axis axle baby badge badger baker balance balcony ball ballad balloon
  ballot balsam bamboo banana banjo bank banner banquet barber bargain barley baron barrel
  barrier basalt basic basil basket baton battery bazaar beacon beam beard beast beaver
  became beckon bedrock bedtime beef beehive beeswax beetle began begin behave behind
  being belfry belief believe belong below beluga bench bend beneath benefit beside
  between beyond bicycle bigger bike billion bingo biology birch bird birth biscuit bison
  bitter black blade blanket blazer bless blimp blind bloom blossom blot blouse bobbin
  boiler bolt bone bonfire bonnet bonus book border borrow bottle bottom bounce bouquet
  bowl brace bracket braid bramble branch brass bravo bread breath breeze brick bridge
  brief bright bring brisk broad broken broker bronze brook broth brother brown brownie
  browser brush bubble bucket buckle budget buffalo buffet bugle build bulb bulk bulldog
  bumper bundle bunker bureau burger burlap burn burrow busy butler button buyer buzz
  cabbage cabin cable cactus cadet calcium calf caliber camel camera camp campus canal
  canary candid candle candy cannon canoe canopy canteen canvas canyon cape capital
  captain caption caramel caravan carbon card cargo caribou carol carpet carrot carry
  cartoon carve cash cashew castle casual catalog catch catfish cattle cause cavern cedar
  celery cello cement census central century ceramic certain chain chalet chalk chance
  channel chapter charge charity charm chart chase cheap checker cheer cheese cheetah chef
  chemist cherry chess chicken chief child chili chimney chip chisel choice choir choose
  chorus chowder cider cinder cinema circle circuit circus citadel citizen citrus city
  civil claim clap clarify class classic claw clean clear cleric clerk clever click client
  cliff climate climb clinic clipper cloak close closet cloth cloud clown club cluster
  coach coal coastal cobalt cocoa coconut code coffee coin collar collect collie colony
  column comb combine comedy comet comfort comic command comment common commute compact
  company compass complex compose concept conduct confirm connect consent console consult
  contact contain contest control convert convoy cookie cooking copper copy cordial cork
  corner correct cosmic cost costume cottage cotton cough could count counter country
  couple courage courier court cousin cover cowboy coyote crab crack cracker cradle craft
  crane crater crawl crayon cream create credit creek crest crew cricket crimson crisp
  crochet crop cross crowd crumb crunch crystal cube cuckoo culture curator curious curl
  curve cushion custard custom cutlery cycle cymbal cypress daisy damp dance daring dart
  dash data dazzle debate debut decade decide declare decor deep degree delay deliver
  delta demand denim dense dentist depart depend deposit depth deputy derby design desk
  detail detect develop device dial diamond diary dictate diesel diet differ digit dime
  dinner diploma direct disc distant ditch doctor doll dollar dolphin domain domino donate
  donkey donor door double dove down dozen dragon drain drama draw drawer dream dress
  drift drill drink drive drizzle drop drum duck duet dune during duty dwell dynamo each
  eager eagle early earn earth easel easy echo eclipse edge edit editor educate effect
  effort either elastic elbow elder elect elegant element else emblem emerald emotion
  employ enable enamel endless endorse energy engage engine english enjoy enough enrich
  ensure enter entire entry equal equip erase essay essence estate evening event every
  evident evolve exact exam example excess excite exhale exhibit exist exotic expand
  expect explain explore export express extend extra fable fabric face fact factory fairy
  faith falcon fall family famous fancy farm farmer fashion faucet fawn feast feather
  feature federal feed fellow felt fence fennel fern ferry festive fetch fever fiction
  fiddle field fifteen fifty figure film filter final finger finish first fish five fjord
  flag flame flank flannel flash flax fleet flicker flight flint flip float flock flood
  floor floral flow fluffy fluid flute foam focus foil folk foot forage force forest
  forget formal fortune forty forum forward fossil foster four fragile frame free freeze
  freight fresh friday friend fringe frog from front frost frown frozen fruit fudge fuel
  fund funny furnace fury future gadget gain galaxy gallery gallop gander garage garden
  garlic garment garnet gather gauge gaze gazelle gear gecko general genius gentle genuine
  gesture geyser giant gift ginger giraffe give glacier glad glance glass gleam glide
  glimpse glitter globe glory glossy glue goal goblet golf gondola good goose gopher
  gossip grace grand granite graph gravel gravity gravy green greet grid griffin grill
  grip grocery groom groove ground group grow growth guard guava guess guide guild guitar
  gull gust habit hail hallway halo hammer hammock hamster handle hang happen happy hardly
  harp harvest hatch have hawk hazel head health heart heavy hedge height helium hello
  helmet help herald herb heron herring hexagon hidden high hill hinge hint hire history
  hobby hockey hold holiday hollow holly home honest honey hoof hope horizon horn hornet
  host hotel hound house hover huddle huge human humble humid hundred hurdle hybrid
  hydrant icicle icon idea ideal igloo image imagine impact import improve inch include
  income indeed indigo indoor infant inform inhale inland inlet inner input insect inside
  inspire install instant intend intent into invest invite inward iris iron island issue
  item ivory jacket jade jaguar january jargon jasmine jasper jazz jeans jelly jersey
  jetty jewel jigsaw jingle jockey join joke journal journey judge juggle juice july jumbo
  jump junior juniper just justice kale kayak keen kelp kennel kettle kick kidney kilt
  kind kingdom kiosk kitchen kite kitten kiwi knee kneel knit knob knock koala label
  ladder lagoon lake lamb land lantern lapel large lark laser lasso last lather latte
  laugh laundry laurel lava lawn lawyer leader leaf league leap learn leash leave lecture
  left legacy legal legend leisure lemon length lens leopard letter lettuce level liberty
  library license life lilac lily limit linen link lion liquid list listen little lively
  llama load lobby lobster locate locket lodge loft logic loop loose lotion lotus lounge
  love loyal lucky luggage lunar lunch lung lush lyric machine magic magma magnet magpie
  major mallet mammal manage mango mansion mantle manual many maple marble margin marine
  mark market marlin maroon marry marsh marvel mascot mason mate matrix matter maximum
  maybe mayor meadow mean measure media medical medium melody melon melt member memo
  memory mention mentor menu mercy merge merit mermaid message meteor method metro middle
  might mild mimic mine mineral minimum minnow minor minus minute miracle mirror miss
  mixture moat mobile model modern modest molar molten moment monarch monday money monitor
  month moon moral more mosaic moss motor motto mound mouse movie much muffin mule museum
  music mustang mutual muzzle mystery myth name napkin nation native nature naval nearby
  neat neck nectar need needle nephew network neutral never news next nice nickel nimble
  noble nobody nomad noodle north nose notch nothing notice noun novel nozzle nugget
  number nurse nutmeg nylon oasis obey object oblong oboe observe obtain obvious occur
  ocean octagon october octopus odor offer office often olive omelet onion online only
  onyx opal open opera opinion oppose option orbit orchard orchid order oregano organ
  origin oriole osprey ostrich other ounce outdoor outer outfit outline output outside
  oval oven owner oxide oxygen oyster ozone pack package paddle page paint palace palm
  pancake panda panel pansy panther pants papaya paper parade parcel pardon parent parsley
  partner party pass passage pasta pastel pastry path patient patio patrol pattern peacock
  peanut pearl pebble pecan peel pelican pencil penguin penny people pepper perch perfect
  perform perfume period permit person phone photo phrase piano pickle picnic picture pier
  pillar pillow pink pioneer pipe pitch pivot pixel pizza plan planet plaster plate play
  plaza please pleat plenty plot plug plumber plunge plural plus poem point polar polish
  polite pollen polo pond pony pool poppy popular port portal portion pose potato pottery
  pouch power prairie premium prepare present press pretty pretzel price pride prism
  private process produce profile program project promise proof proper proud prove provide
  prune public pudding pulp pulse puma pumpkin pupil puppet puppy pure purple purpose push
  pyramid python quail quaint quality quantum quarry quart quarter query quest quick quiet
  quill quince quiver quiz quota quote rabbit raccoon radar radio radish raft rainbow
  raisin rally ranch random range rank rapid rare raven ravine razor react ready reason
  recall receive recent recipe record recover recycle reduce reef refer reflect refresh
  refuge refund regal region regular relax release relish rely remain remark remedy remind
  remote render renew rent repair repeat reply report request rescue resin resist respect
  result retire return reveal review reward rhyme rhythm ribbon rich ridge rigid rinse
  ripe ripple ritual rival river roam roast robe robin robot robust rock rodeo rooster
  rotate routine rubber ruby rudder rugby rule runner runway rural russet rustic safe
  saffron saga salad salon salsa salt salute sandal sapling satin saucer sauna sausage
  savanna scale scallop scan scarf scatter scenic school science scoop scooter score scout
  scrap screen script scroll scrub sculpt seal search second secret section sector secure
  seek seldom self senior sense sequel sequin series serious serve session seven several
  severe shade shadow shaft shallow shampoo shape shark shawl shed sheep shelf shelter
  shield shine shiver shock shoe short should shovel shower shrimp shrug shuffle shut
  shuttle sibling sierra sign signal silent silk silly silver similar simple since sister
  size skate sketch skill skip skirt skylark sled sleeve slice slogan slope small smart
  smile smoke smooth snack snail snow soap soccer social soda sofa soil soldier solid solo
  solve sonar song sorrel soup south space spark sparrow speak spear special speed spell
  spend sphere spin spinach spiral spirit splash split sponge spoon spot spray spread
  spring sprout spruce square squid stable staff stage stain stamp stand station statue
  stay steady steam steep stereo stern stew stick still stir stitch stone stool stop storm
  stove straw street stride strong student studio study style subject submit subtle subway
  such sugar suggest suit summer sunday sunny sunrise sunset super supply support suppose
  surf surface surge survey swamp swan sweater sweet swift swim swing symbol syrup system
  tablet tackle taco tailor take talent tango target tariff tart task taste taxi teach
  teacup teak teapot teeth tell temper tennis tent term terrace textile texture thank that
  thaw theme then theory thermal they thimble thing third thirty thistle thorn those
  thought thread three thrill thrive throat throw thrush thumb ticket tidy tiger tile
  timber timid tinsel tiny title toad toast today token tomato tonight tooth topaz topic
  tornado total toucan tough tour toward towel town track tractor trade traffic trail
  transit tray treat trek tremble trend tribe trim trio trolley trophy trout true truffle
  trumpet trunk trust truth tuba tuesday tulip tuna tundra tunic tunnel turkey turn turnip
  turtle tutor tweed twelve twenty twice twig twin twist type typical ultra uncle under
  undo unfold uniform unique unite unity unlock until unusual upbeat update upgrade uphill
  upon upper upright upward urban urchin usable useful usher usual utensil utility utmost
  vacant vacuum valid valor value valve vanilla vanish variety various vase vault veil
  velvet vendor venture venue verb verify verse vessel vest veteran vibrant victory video
  view village vine vinegar vintage vinyl viola violet violin virtue visa visible vision
  visit visual vital vivid vocal voice volcano volume vote voucher vowel voyage waffle
  wage wagon walk walnut walrus waltz want warbler warm warrior wasp water wear wedding
  weekend welcome west wharf wheat wheel where while whim whisk whisper white wicker width
  wild window windy wing winter wisdom wise with wizard wombat wonder wool word world
  worth wren wrench wrist yacht yard yield yoga yogurt young youth yucca zebra zenith zero
  zigzag zinc zipper zoom
`;

export const words: readonly string[] = list.trim().split(/\s+/);
